using System.Text;

namespace FileMonitor.Cli;

/// <summary>The script for zsh, with one function for each command.</summary>
internal static class ZshCompletion
{
    public static string Script(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder("""
            #compdef filemonitor
            # Completes filemonitor in zsh: filemonitor completion zsh > "${fpath[1]}/_filemonitor"

            """);
        foreach (var command in commands)
        {
            Add(script, command);
        }

        script.Append("""

            if [ "$funcstack[1]" = _filemonitor ]; then _filemonitor "$@"; else compdef _filemonitor filemonitor; fi

            """);
        return script.ToString();
    }

    private static void Add(StringBuilder script, CompletedCommand command)
    {
        script.Append($"\n{Function(command.Path)}() {{\n    local context state state_descr line\n    typeset -A opt_args\n    _arguments -s -S -C \\\n");
        foreach (var option in command.Options)
        {
            var exclusive = option.Names.Count > 1 ? $"({string.Join(' ', option.Names)})" : "";
            foreach (var name in option.Names)
            {
                script.Append($"        {Quote($"{exclusive}{(exclusive.Length == 0 ? "*" : "")}{name}[{Bracketed(option.Description)}]{Value(option)}")} \\\n");
            }
        }

        if (command.Subcommands.Count == 0)
        {
            script.Append($"        {Quote($"*:{Action(command.Arguments, command.ArgumentWords)}")}\n}}\n");
            return;
        }

        script.Append("        '1: :->command' '*:: :->arguments'\n    case $state in\n        command)\n            local -a commands\n            commands=(\n");
        foreach (var (name, description) in command.Subcommands)
        {
            script.Append($"                {Quote($"{name}:{description}")}\n");
        }

        script.Append("            )\n            _describe command commands ;;\n        arguments)\n            case $line[1] in\n");
        foreach (var (name, _) in command.Subcommands)
        {
            script.Append($"                {name}) {Function([.. command.Path, name])} ;;\n");
        }

        script.Append("            esac ;;\n    esac\n}\n");
    }

    private static string Function(IReadOnlyList<string> path) => string.Join('_', path.Prepend("_filemonitor"));

    private static string Value(CompletedOption option) => option.Value switch
    {
        CompletedValue.None => "",

        // All further words are of another command line.
        CompletedValue.Program => ":*::command: _normal",
        var value => $":{Action(value, option.Words)}",
    };

    private static string Action(CompletedValue value, IReadOnlyList<string> words) => value switch
    {
        CompletedValue.Words => $"word:({string.Join(' ', words)})",
        CompletedValue.File => "file:_files",
        CompletedValue.Directory => "directory:_files -/",
        _ => "value: ",
    };

    private static string Bracketed(string text) => text.Replace("[", "\\[").Replace("]", "\\]").Replace(":", "\\:");

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''")}'";
}
