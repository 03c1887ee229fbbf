using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class StopSignalTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-signal-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("INT", 0)]
    [InlineData("TERM", 0)]
    [InlineData("HUP", 129)]
    public async Task A_signal_delivers_what_was_noticed_and_ends_the_watch(string signal, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using var watch = CliProcess.Start("watch", _home, "--source", "inotify", "--quiet-period", "3600000", "--finished-delay", "3600000", "--format", "jsonl");
        await watch.UntilSaidAsync("filemonitor: watching ");
        await File.WriteAllTextAsync(Path.Join(_home, "a"), "x", TestContext.Current.CancellationToken);

        watch.Signal(signal);

        Assert.Equal(code, await watch.EndAsync());
        Assert.Contains("\"kind\":\"Created\"", watch.Output, StringComparison.Ordinal);
        Assert.Contains(" Events: 1 (Created 1).\n", watch.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Under_nohup_the_watch_outlives_its_terminal()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using var watch = CliProcess.StartByNohup("watch", _home, "--source", "inotify", "--once", "--format", "jsonl");
        await watch.UntilSaidAsync("filemonitor: watching ");

        watch.Signal("HUP");
        await File.WriteAllTextAsync(Path.Join(_home, "a"), "x", TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Done, await watch.EndAsync());
        Assert.Contains("\"kind\":\"Created\"", watch.Output, StringComparison.Ordinal);
    }
}
