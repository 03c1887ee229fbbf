using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class CommandLineTests
{
    private static readonly string Here = AppContext.BaseDirectory;
    private static readonly string File = Path.Join(Here, "FileMonitor.dll");

    [Theory]
    [InlineData("watch", "Required argument 'PATH' missing for command: 'watch'.")]
    [InlineData("hash", "Required argument 'PATH' missing for command: 'hash'.")]
    [InlineData("frob", "Required command was not provided. Unrecognized command or argument 'frob'.")]
    [InlineData("watch HERE --quiet-period -5", "--quiet-period (-5) is not a whole number from 0 to 3600000.")]
    [InlineData("watch HERE --quiet-period soon", "--quiet-period (soon) is not a whole number from 0 to 3600000.")]
    [InlineData("watch HERE --max-delay 3600001", "--max-delay (3600001) is not a whole number from 0 to 3600000.")]
    [InlineData("watch HERE --max-delay 100", "--max-delay (100 ms) is shorter than --quiet-period (250 ms).")]
    [InlineData("watch HERE --max-delay 100 --quiet-period 200", "--max-delay (100 ms) is shorter than --quiet-period (200 ms).")]
    [InlineData("watch HERE --max-file-size -1", "--max-file-size (-1) is not a whole number from 0.")]
    [InlineData("watch HERE --source kqueue", "--source (kqueue) is unknown; use auto or filesystemwatcher or inotify or fanotify or polling.")]
    [InlineData("watch HERE --source 1", "--source (1) is unknown; use auto or filesystemwatcher or inotify or fanotify or polling.")]
    [InlineData("watch HERE --require-source", "--require-source needs a --source other than auto, which takes what there is.")]
    [InlineData("watch HERE --polling-interval 49", "--polling-interval (49) is not a whole number from 50 to 3600000.")]
    [InlineData("watch HERE --polling-interval 3600001", "--polling-interval (3600001) is not a whole number from 50 to 3600000.")]
    [InlineData("watch HERE --wait-for-root", "--wait-for-root is no option; a PATH that begins with a dash stands after --.")]
    [InlineData("watch HERE --format xml --quiet-period x", "--format (xml) is unknown; use text or jsonl. --quiet-period (x) is not a whole number from 0 to 3600000.")]
    [InlineData("watch HERE --basline", "--basline is no option; a PATH that begins with a dash stands after --.")]
    [InlineData("hash HERE --concurrency 0", "--concurrency (0) is not a whole number from 1 to 64.")]
    [InlineData("hash HERE --jobs 4", "--jobs is no option; a PATH that begins with a dash stands after --.")]
    public async Task Wrong_arguments_are_refused_in_one_line(string commandLine, string complaint)
    {
        var (code, output, error) = await RunAsync(commandLine);

        Assert.Equal(ExitCode.BadArguments, code);
        Assert.Equal($"filemonitor: {complaint}{Environment.NewLine}", error);
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("watch HERE/missing", "does not exist.")]
    [InlineData("watch A_FILE", "is not a directory; watch the directory it is in.")]
    [InlineData("watch -- --baseline", "does not exist.")]
    [InlineData("watch @response", "does not exist.")]
    [InlineData("watch HERE/missing --quiet-period 9000", "does not exist.")]   // the maximum delay follows
    [InlineData("watch HERE/missing --SOURCE", "is no option; a PATH that begins with a dash stands after --.", ExitCode.BadArguments)]
    [InlineData("watch HERE/missing --source FILESYSTEMWATCHER --format JSONL", "does not exist.")]
    [InlineData("watch HERE/missing --source inotify", "does not exist.")]
    [InlineData("watch HERE/missing --source Fanotify", "does not exist.")]
    [InlineData("watch HERE/missing --source Polling --polling-interval 50 --verify", "does not exist.")]
    [InlineData("watch HERE/missing --source inotify --require-source", "does not exist.")]
    [InlineData("watch HERE HERE/missing --wait-for-roots", "remove one of them.", ExitCode.BadArguments)]
    public async Task A_root_that_cannot_be_watched_is_named(string commandLine, string complaint, int expected = ExitCode.Failed)
    {
        var (code, output, error) = await RunAsync(commandLine);

        Assert.Equal(expected, code);
        Assert.EndsWith($" {complaint}{Environment.NewLine}", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.Empty(output);
    }

    [Fact]
    public async Task A_complaint_shows_what_is_hostile_in_an_argument()
    {
        var (_, _, error) = await RunAsync("watch", "/\u001b[2J\n\u202e");

        Assert.Contains(@"\x1b[2J\n\u202e"" does not exist.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "filemonitor watch /srv/inbox")]
    [InlineData("watch --help", "--ready-file <FILE>")]
    [InlineData("watch -h", "a second one ends at once with 130")]
    [InlineData("watch -h", "3 --verify found a difference")]
    [InlineData("watch -h", "--source <auto|filesystemwatcher|inotify|fanotify|polling>")]
    [InlineData("watch -h", "fanotify also says who made them")]
    [InlineData("hash --help", "sha256sum --check")]
    public async Task Help_has_examples_and_exit_codes(string commandLine, string expected)
    {
        var (code, output, error) = await RunAsync(commandLine);

        Assert.Equal(ExitCode.Done, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(string commandLine) =>
        RunAsync([.. commandLine.Split(' ').Select(word => word.Replace("HERE", Here, StringComparison.Ordinal).Replace("A_FILE", File, StringComparison.Ordinal))]);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var output = new MemoryStream();
        var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, new StandardStreams(output, error, Terminal.None, Terminal.None));
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}
