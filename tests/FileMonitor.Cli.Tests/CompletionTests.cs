using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class CompletionTests
{
    private static readonly IReadOnlyList<CompletedCommand> Table =
        CompletionTable.Of(CommandLine.Commands(new StandardStreams(Stream.Null, TextWriter.Null, Terminal.None, Terminal.None), []));

    [Fact]
    public void The_table_has_every_option_of_every_command_with_what_stands_behind_it()
    {
        var watch = Table.Single(command => command.Path is ["watch"]);

        Assert.Equal(["", "completion", "hash", "journal", "journal accept", "journal dead-letters", "journal export", "journal prove", "journal report", "journal verify", "watch"], Table.Select(command => string.Join(' ', command.Path)).Order(StringComparer.Ordinal));
        Assert.All(Table, command => Assert.Contains(command.Options, option => option.Names.Contains("--help")));
        Assert.Equal("inotify", Assert.Single(Option(watch, "--source").Words, word => word.StartsWith('i')));
        Assert.Equal(
            "Words Anything File Directory None Program",
            string.Join(' ', from name in "--kind --quiet-period --ready-file --state -0 --exec".Split(' ') select Option(watch, name).Value));
    }

    // A person types and presses the tabulator: the words that bash offers then.
    [Theory]
    [InlineData("filemonitor|", "watch hash journal completion")]
    [InlineData("filemonitor|w", "watch")]
    [InlineData("filemonitor|--v", "--version")]
    [InlineData("filemonitor|watch|--so", "--source --source-fallback")]
    [InlineData("filemonitor|watch|.|--source|", "auto fanotify filesystemwatcher inotify polling")]
    [InlineData("filemonitor|watch|--source|=|in", "inotify")]
    [InlineData("filemonitor|watch|--quiet-period|", "")]
    [InlineData("filemonitor|watch|--state|", "compopt -o dirnames")]
    [InlineData("filemonitor|watch|--ready-file|", "compopt -o default")]
    [InlineData("filemonitor|watch|a", "compopt -o default")]
    [InlineData("filemonitor|watch|hash|--ch", "")]
    [InlineData("filemonitor|watch|.|--exec|uni", "uniq")]
    [InlineData("filemonitor|watch|.|--exec|uniq|--so", "compopt -o default")]
    [InlineData("filemonitor|watch|--|--so", "compopt -o default")]
    [InlineData("filemonitor|hash|--ch", "--check")]
    [InlineData("filemonitor|journal|re", "report")]
    [InlineData("filemonitor|journal|report|", "compopt -o dirnames")]
    [InlineData("filemonitor|journal|report|x|--format|", "json text")]
    [InlineData("filemonitor|completion|", "bash fish zsh")]
    public async Task Bash_offers_what_may_stand_there(string typed, string offered)
    {
        var bash = Find("bash");

        var said = await RunAsync(bash, ["--norc", "-c", """
            eval "$1"; shift
            compopt() { echo "compopt $*"; }
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            _filemonitor
            printf '%s\n' "${COMPREPLY[@]}"
            """, "bash", BashCompletion.Script(Table), .. typed.Split('|')]);

        if (typed.Contains("--exec|uni", StringComparison.Ordinal))
        {
            Assert.Contains(offered, said.Split('\n'));
        }
        else
        {
            Assert.Equal(offered, string.Join(' ', said.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        }
    }

    [Fact]
    public async Task Bash_offers_every_option_of_every_command()
    {
        var bash = Find("bash");
        foreach (var command in Table)
        {
            var said = await RunAsync(
                bash, ["--norc", "-c", "eval \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _filemonitor; printf '%s\\n' \"${COMPREPLY[@]}\"",
                "bash", BashCompletion.Script(Table), "filemonitor", .. command.Path, "-"]);

            Assert.Equal(command.Options.SelectMany(option => option.Names).Order(StringComparer.Ordinal), said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("filemonitor ", "completion hash journal watch")]
    [InlineData("filemonitor watch --so", "--source --source-fallback")]
    [InlineData("filemonitor watch . --source i", "inotify")]
    [InlineData("filemonitor journal report --format ", "json text")]
    [InlineData("filemonitor completion ", "bash fish zsh")]
    [InlineData("filemonitor watch --exec uniq --so", "")]
    public async Task Fish_offers_what_may_stand_there(string typed, string offered)
    {
        var fish = Find("fish");

        var said = await RunAsync(fish, "--no-config", "-c", "echo $argv[1] | source; complete -C $argv[2]", FishCompletion.Script(Table), typed);

        Assert.Equal(offered, string.Join(' ', said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')[0])));
    }

    [Fact]
    public async Task Zsh_takes_the_script()
    {
        var zsh = Find("zsh");

        // The functions are defined, and what they pass to _arguments is as it expects it: it is replaced by one that prints.
        var said = await RunAsync(zsh, "-f", "-c", """
            compdef() { :; }
            _arguments() { print -rl -- "$@"; }
            eval "$1"
            _filemonitor_watch
            """, "zsh", ZshCompletion.Script(Table));

        Assert.Contains("\n*--source[How changes are detected]:word:(auto fanotify filesystemwatcher inotify polling)\n", said, StringComparison.Ordinal);
        Assert.Matches(@"\n\(--null -0\)-0\[Print only the whole path of each event [^\n\]]* for xargs -0; [^\n\]]*\]\n", said);
        Assert.EndsWith("\n*:file:_files\n", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "complete -F _filemonitor filemonitor\n")]
    [InlineData("zsh", "#compdef filemonitor\n")]
    [InlineData("fish", "complete -c filemonitor -f\n")]
    public async Task The_command_prints_the_script_and_nothing_else(string shell, string part)
    {
        var output = new MemoryStream();
        var error = new StringWriter();

        var code = await CommandLine.RunAsync(["completion", shell], new StandardStreams(output, error, Terminal.None, Terminal.None));

        Assert.Equal((ExitCode.Done, ""), (code, error.ToString()));
        Assert.Contains(part, Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    private static CompletedOption Option(CompletedCommand command, string name) => command.Options.Single(option => option.Names.Contains(name));

    private static string Find(string shell)
    {
        var file = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(directory => Path.Join(directory, shell)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(file is null || OperatingSystem.IsWindows(), $"{shell} is not here");
        return file;
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var complained = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", complained);
        return await said;
    }
}
