using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>What is the same for every source that needs inotify where there is not enough of it: run inside a <see cref="UserNamespace"/>.</summary>
internal static class InotifyLimits
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task StartWithoutInstancesAsync(ChangeSourceKind source)
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options =>
        {
            options.Source = source;
            options.Polling.Interval = TimeSpan.FromMilliseconds(50);
        });
        watched.Monitor.GetHealth().Degradations.Should().ContainSingle().Which.Should().Contain("user.max_inotify_instances allows 0 inotify instances");

        await File.WriteAllTextAsync(watched.PathOf("f"), "one", Cancelled);

        await watched.UntilAsync(one => one.Gap?.Cause == GapCause.SourceError, "gap");
        await watched.UntilAsync(one => one.Kind == AuditEventKind.Created && one.RelativePath == "f", "file");
        watched.Monitor.GetHealth().State.Should().Be(MonitorState.Running);
    }

    /// <param name="source">Who watches.</param>
    /// <param name="needed">How many watches it needs for 61 directories, of which eleven are ignored, and the root.</param>
    /// <param name="advice">Of the way out.</param>
    public static async Task StartWithTwentyWatchesAsync(ChangeSourceKind source, int needed, string advice)
    {
        await using var watched = await WatchedDirectory.StartAsync(
            before =>
            {
                Array.ForEach([.. Enumerable.Range(0, 50)], i => Directory.CreateDirectory(before.PathOf($"{i}")));
                Array.ForEach([.. Enumerable.Range(0, 10)], i => Directory.CreateDirectory(before.PathOf($"ignored/{i}")));
            },
            options =>
            {
                options.Source = source;
                options.Report.Baseline = options.Checksum.Baseline = false;
                options.Roots[0].Ignore.Add("ignored/");
            });
        for (var i = 0; i < 50; i++)
        {
            await File.WriteAllTextAsync(watched.PathOf($"{i}/f"), $"{i}", Cancelled);
        }

        await watched.UntilAsync(events => Enumerable.Range(0, 50).All(i => events.Any(one => one.Kind == AuditEventKind.Created && one.RelativePath == $"{i}/f")), "file in each directory");
        var degradations = watched.Monitor.GetHealth().Degradations;
        var events = await watched.DoneAsync(replays: false);

        degradations.Should().ContainSingle().Which.Should().Contain($"needs {needed} inotify watches").And.Contain("allows 20").And.Contain("Raise user.max_inotify_watches").And.Contain(advice);
        events.Where(one => one.Gap?.Phase == GapPhase.Opened).Should().ContainSingle().Which.Gap!.Cause.Should().Be(GapCause.PartialCoverage);
        events.Where(one => one.Kind == AuditEventKind.Created && one.Origin == AuditEventOrigin.Live).Should().NotBeEmpty("the rest is watched");
        watched.Monitor.GetHealth().Counters.SourceRestarts.Should().Be(0);
    }
}
