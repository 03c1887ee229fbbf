using System.Text;

namespace FileMonitor.Cli;

/// <summary>The script for fish.</summary>
internal static class FishCompletion
{
    public static string Script(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder("""
            # Completes filemonitor in fish: filemonitor completion fish > ~/.config/fish/completions/filemonitor.fish

            # Whether the words so far lead to this command. Behind -- only paths stand, and behind the program of --exec what belongs to it.
            function __filemonitor_at
                set -l found
                set -l exec
                for word in (commandline -opc)[2..-1]
                    test -n "$exec"; and set found rest
                    switch "$found $word"

            """);
        foreach (var command in commands.Where(command => command.Path.Count > 0))
        {
            script.Append($"            case '{string.Join(' ', command.Path.SkipLast(1))} {command.Path[^1]}'\n                set found '{string.Join(' ', command.Path)}'\n");
        }

        script.Append("""
                        case '* --'
                            set found rest
                        case '* --exec'
                            set exec yes
                    end
                end
                test "$found" = "$argv[1]"
            end

            complete -c filemonitor -f
            complete -c filemonitor -n '__filemonitor_at rest' -F

            """);
        foreach (var command in commands)
        {
            var begin = $"complete -c filemonitor -n {Quote($"__filemonitor_at {Quote(string.Join(' ', command.Path))}")}";
            foreach (var (name, description) in command.Subcommands)
            {
                script.Append($"{begin} -a {name} -d {Quote(description)}\n");
            }

            script.Append(command.Arguments switch
            {
                CompletedValue.File => $"{begin} -F\n",
                CompletedValue.Directory => $"{begin} -a '(__fish_complete_directories)'\n",
                CompletedValue.Words => $"{begin} -a {Quote(string.Join(' ', command.ArgumentWords))}\n",
                _ => "",
            });
            foreach (var option in command.Options)
            {
                var names = option.Names.Select(name => name.StartsWith("--", StringComparison.Ordinal) ? $"-l {name[2..]}" : $"-s '{name[1..]}'");
                script.Append($"{begin} {string.Join(' ', names)} -d {Quote(option.Description)}{Value(option)}\n");
            }
        }

        return script.ToString();
    }

    private static string Value(CompletedOption option) => option.Value switch
    {
        CompletedValue.None => "",
        CompletedValue.Words => $" -x -a {Quote(string.Join(' ', option.Words))}",
        CompletedValue.File => " -r -F",
        CompletedValue.Directory => " -x -a '(__fish_complete_directories)'",
        CompletedValue.Program => " -x -a '(__fish_complete_command)'",
        _ => " -x",
    };

    private static string Quote(string text) => $"'{text.Replace("\\", "\\\\").Replace("'", "\\'")}'";
}
