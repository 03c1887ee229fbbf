using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>What is the same for every source that needs inotify where there is not enough of it: run inside a <see cref="UserNamespace"/>.</summary>
internal static class InotifyLimits
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <param name="source">Who watches.</param>
    /// <param name="named">What health must name.</param>
    public static async Task StartWithoutInstancesAsync(ChangeSourceKind source, string named)
    {
        await using var watched = await WatchedDirectory.StartAsync(configure: options =>
        {
            options.Source = source;
            options.Polling.Interval = TimeSpan.FromMilliseconds(50);
        });
        watched.Monitor.GetHealth().Degradations.Should().ContainSingle().Which.Should().Contain(named);

        await File.WriteAllTextAsync(watched.PathOf("f"), "one", Cancelled);

        await watched.UntilAsync(one => one.Kind == AuditEventKind.Gap && one.GapCause == GapCause.SourceError, "gap");
        await watched.UntilAsync(one => one.Kind == AuditEventKind.Created && one.RelativePath == "f", "file");
        watched.Monitor.GetHealth().State.Should().Be(MonitorState.Running);
    }

    public static async Task StartWithTwentyWatchesAsync(ChangeSourceKind source)
    {
        await using var watched = await WatchedDirectory.StartAsync(
            before => Array.ForEach([.. Enumerable.Range(0, 50)], i => Directory.CreateDirectory(before.PathOf($"{i}"))),
            options => options.Source = source);
        for (var i = 0; i < 50; i++)
        {
            await File.WriteAllTextAsync(watched.PathOf($"{i}/f"), $"{i}", Cancelled);
        }

        await watched.UntilAsync(events => Enumerable.Range(0, 50).All(i => events.Any(one => one.Kind == AuditEventKind.Created && one.RelativePath == $"{i}/f")), "file in each directory");
        var degradations = watched.Monitor.GetHealth().Degradations;
        var events = await watched.DoneAsync();

        degradations.Should().ContainSingle().Which.Should().Contain("needs 51 inotify watches").And.Contain("allows 20").And.Contain("Raise user.max_inotify_watches");
        events.Where(one => one.Kind == AuditEventKind.Gap && one.GapPhase == GapPhase.Opened).Should().ContainSingle().Which.GapCause.Should().Be(GapCause.PartialCoverage);
        events.Where(one => one.Kind == AuditEventKind.Created && one.Origin == AuditEventOrigin.Live).Should().NotBeEmpty("the rest is watched");
        watched.Monitor.GetHealth().Counters.SourceRestarts.Should().Be(0);
    }
}
