using System.Text;

namespace FileMonitor.Cli;

/// <summary>
/// The script for bash. It needs nothing but bash: not the package bash-completion, and not this command while it completes. Names of files are
/// left to bash itself, which quotes them.
/// </summary>
internal static class BashCompletion
{
    public static string Script(IReadOnlyList<CompletedCommand> commands)
    {
        var script = new StringBuilder();
        script.Append("""
            # Completes filemonitor in bash: source <(filemonitor completion bash)
            _filemonitor() {
                local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command= at
                COMPREPLY=()

                # The command is the words before the first option; behind --exec stands another command, behind -- only paths.
                for ((at = 1; at < COMP_CWORD; at++)); do
                    case "$command ${COMP_WORDS[at]}" in

            """);
        foreach (var command in commands.Where(command => command.Path.Count > 0))
        {
            var parent = string.Join(' ', command.Path.SkipLast(1));
            script.Append($"            '{parent} {command.Path[^1]}') command='{string.Join(' ', command.Path)}' ;;\n");
        }

        script.Append("""
                        *' --exec')
                            if ((at + 1 == COMP_CWORD)); then mapfile -t COMPREPLY < <(compgen -c -- "$word"); else compopt -o default; fi
                            return ;;
                        *' --') compopt -o default; return ;;
                    esac
                done

                # Bash takes --option=value apart.
                if [ "$word" = = ]; then word=; elif [ "$before" = = ]; then before="${COMP_WORDS[COMP_CWORD-2]}"; fi

                local words= options= values=
                case "$command" in

            """);
        foreach (var command in commands)
        {
            Add(script, command);
        }

        script.Append("""
                esac

                case "$values" in
                    files) compopt -o default; return ;;
                    directories) compopt -o dirnames; return ;;
                    anything) return ;;
                esac
                if [ -n "$values" ]; then words="$values"; elif [[ "$word" == -* ]]; then words="$options"; elif [ "$words" = files ]; then
                    compopt -o default
                    return
                elif [ "$words" = directories ]; then
                    compopt -o dirnames
                    return
                fi
                mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
            }
            complete -F _filemonitor filemonitor

            """);
        return script.ToString();
    }

    private static void Add(StringBuilder script, CompletedCommand command)
    {
        var words = command.Subcommands.Count > 0 ? string.Join(' ', command.Subcommands.Select(one => one.Name)) : Words(command.Arguments, command.ArgumentWords);
        script.Append($"        '{string.Join(' ', command.Path)}')\n");
        script.Append($"            words='{words}'\n");
        script.Append($"            options='{string.Join(' ', command.Options.SelectMany(option => option.Names))}'\n");
        if (command.Options.Where(option => option.Value != CompletedValue.None).ToList() is { Count: > 0 } valued)
        {
            script.Append("            case \"$before\" in\n");
            foreach (var option in valued)
            {
                script.Append($"                {string.Join('|', option.Names)}) values='{Words(option.Value, option.Words)}' ;;\n");
            }

            script.Append("            esac\n");
        }

        script.Append("            ;;\n");
    }

    private static string Words(CompletedValue value, IReadOnlyList<string> words) => value switch
    {
        CompletedValue.Words => string.Join(' ', words),
        CompletedValue.File => "files",
        CompletedValue.Directory => "directories",
        _ => "anything",
    };
}
