using System.CommandLine;

namespace FileMonitor.Cli;

/// <summary>A shell that completes command lines.</summary>
internal enum Shell
{
    /// <summary>GNU bash.</summary>
    Bash,

    /// <summary>The Z shell.</summary>
    Zsh,

    /// <summary>The friendly interactive shell.</summary>
    Fish,
}

/// <summary>The command <c>completion</c>: prints a script with which a shell completes commands, options and their words. It is made from the parser's own table.</summary>
internal static class CompletionCommand
{
    public const string Name = "completion";

    public static string MoreHelp { get; } = """
        Examples:
          source <(filemonitor completion bash)                                  # in ~/.bashrc
          filemonitor completion zsh > "${fpath[1]}/_filemonitor"                # before compinit in ~/.zshrc
          filemonitor completion fish > ~/.config/fish/completions/filemonitor.fish

        """;

    /// <summary>The command.</summary>
    /// <param name="streams">What it writes to.</param>
    /// <param name="root">The commands that the script completes.</param>
    public static Command Create(StandardStreams streams, RootCommand root)
    {
        var shell = new Argument<Shell?>("SHELL") { Description = "bash, zsh or fish.", HelpName = "bash|zsh|fish", Arity = ArgumentArity.ExactlyOne };
        shell.CompletionSources.Clear();
        shell.CompletionSources.Add("bash", "zsh", "fish");
        shell.CustomParser = result => Values.ParseName<Shell>(result, "SHELL", result.Tokens[0].Value);
        var command = new Command(Name, "Print a script that completes the command line in a shell.") { shell };
        command.SetAction(async (parsed, _) =>
        {
            var commands = CompletionTable.Of(root);
            await using var text = streams.CreateText();
            text.Write(parsed.GetValue(shell) switch
            {
                Shell.Zsh => ZshCompletion.Script(commands),
                Shell.Fish => FishCompletion.Script(commands),
                _ => BashCompletion.Script(commands),
            });
            return ExitCode.Done;
        });
        return command;
    }
}
