using Xunit;
using static FileMonitor.Cli.Tests.KeptState;

namespace FileMonitor.Cli.Tests;

public sealed class WatchStateTests : IDisposable
{
    private readonly KeptState _state = new();

    public void Dispose() => _state.Dispose();

    // A disk that is full ends a watch from within: a signal would be one for the process of the tests.
    [Fact]
    public async Task A_watch_that_ran_before_says_since_when_it_was_not_running()
    {
        await _state.RunAsync("a");
        await File.WriteAllTextAsync(Path.Join(_state.Root, "offline"), "x", TestContext.Current.CancellationToken);
        var error = new StringWriter { NewLine = "\n" };

        var code = await CommandLine.RunAsync(["watch", _state.Root, "--state", _state.Directory, "--source", "polling"], new StandardStreams(new FullDisk(), error, Terminal.None, Terminal.None));

        Assert.Equal(ExitCode.Failed, code);
        Assert.Matches("^filemonitor: watching [^\n]*\nfilemonitor: it was not running since 20[0-9: -]{17}; what changed meanwhile is told with the origin Offline\\.\nfilemonitor: watched for [^\n]* Events: 1 \\(Created 1\\)\\.\n", error.ToString());
        Assert.EndsWith("\nfilemonitor: No space left.\n", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_watch_has_not_run_before()
    {
        await File.WriteAllTextAsync(Path.Join(_state.Root, "a"), "x", TestContext.Current.CancellationToken);
        var error = new StringWriter();

        await CommandLine.RunAsync(["watch", _state.Root, "--state", _state.Directory, "--source", "polling", "--baseline"], new StandardStreams(new FullDisk(), error, Terminal.None, Terminal.None));

        Assert.DoesNotContain("not running", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await CommandAsync("journal", "verify", _state.Directory)).Code);
    }

    [Fact]
    public async Task Checkpoints_are_anchored_and_the_journal_is_verified_by_them()
    {
        await File.WriteAllTextAsync(Path.Join(_state.Root, "a"), "x", TestContext.Current.CancellationToken);
        var anchors = _state.Directory + ".anchors";
        try
        {
            await CommandLine.RunAsync(
                ["watch", _state.Root, "--state", _state.Directory, "--anchor", anchors, "--retention", "365", "--source", "polling", "--baseline"],
                new StandardStreams(new FullDisk(), TextWriter.Null, Terminal.None, Terminal.None));

            var (code, output, _) = await CommandAsync("journal", "verify", _state.Directory, "--anchor", anchors);
            Assert.Equal(ExitCode.Done, code);
            Assert.Matches("^all [0-9]+ records \\(0 to ([0-9]+)\\) are authentic; anchored up to record \\1", output);
        }
        finally
        {
            File.Delete(anchors);
        }
    }

    [Theory]
    [InlineData("--anchor needs --state.", "--anchor", "/a")]
    [InlineData("--retention needs --state.", "--retention", "1")]
    [InlineData("--anchor is empty: name a file.", "--state", "/s", "--anchor", "")]
    [InlineData("--retention (-1) is not a whole number from 0 to 36500.", "--state", "/s", "--retention", "-1")]
    public async Task Options_of_the_state_that_are_wrong_are_refused(string error, params string[] options) =>
        Assert.Equal((ExitCode.BadArguments, "", $"filemonitor: {error}\n"), await CommandAsync(["watch", _state.Root, .. options]));

    [Fact]
    public async Task A_state_that_another_watch_has_is_refused()
    {
        await using var monitor = await _state.StartAsync();

        var (code, output, error) = await CommandAsync("watch", _state.Root, "--state", _state.Directory, "--source", "polling");

        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Matches($"^filemonitor: [^\n]* is in use by process {Environment.ProcessId} on [^\n]*\n$", error);
    }

    [Fact]
    public async Task A_state_inside_a_root_is_refused()
    {
        var (code, _, error) = await CommandAsync("watch", _state.Root, "--state", Path.Join(_state.Root, "state"), "--source", "polling");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Matches("^filemonitor: The state directory [^\n]* is inside the root [^\n]*\n$", error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_state.Root));
    }

    [Fact]
    public async Task A_state_that_is_damaged_is_refused()
    {
        await _state.RunAsync("a");
        _state.Tamper("Created");

        var (code, _, error) = await CommandAsync("watch", _state.Root, "--state", _state.Directory, "--source", "polling");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Matches("^filemonitor: The durable state in [^\n]* is damaged: [^\n]*\n$", error);
    }

    [Fact]
    public async Task A_state_needs_a_name() => Assert.Equal(
        (ExitCode.BadArguments, "", "filemonitor: --state is empty: name the directory of the state.\n"),
        await CommandAsync("watch", _state.Root, "--state", ""));

    private sealed class FullDisk : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left.");

        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left.");
    }
}
