using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>More at once than anyone asked for: nothing is told twice, nothing is lost in silence.</summary>
public sealed class StormTests
{
    private const int Files = 2_000;
    private const int Directories = 50;

    // Its outbox of 4,096 events and the batch a sink was given.
    private const int MoreThanTheStreamHolds = 5_000;

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task Five_thousand_files_are_each_told_once_with_their_checksum(ChangeSourceKind source)
    {
        // A machine that stalls between the two system calls of a write must not make two changes of it.
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(MakeDirectories, options =>
        {
            options.Source = source;
            options.Debounce.QuietPeriod = TimeSpan.FromSeconds(3);
        });

        Write(watched, 5_000);
        var events = await watched.DoneAsync();

        events.Should().HaveCount(5_000).And.OnlyContain(one => one.Kind == AuditEventKind.Created && one.ChecksumStatus == ChecksumStatus.Computed);
        events.Where(one => one.Sha256 != Content.Sha256(one.RelativePath)).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task A_stop_in_the_middle_of_a_storm_delivers_all_that_was_accepted(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(MakeDirectories, options => options.Source = source);
        var writing = Task.Run(() => Write(watched, Files), TestContext.Current.CancellationToken);
        await watched.UntilAsync(one => one.Kind == AuditEventKind.Created, "event of the storm");

        var events = await watched.StopAsync(replays: false);

        // That a hint was accepted shows in the counters alone; the fixture has them balance with nothing pending and nothing lost.
        events.Where(one => one.Kind == AuditEventKind.Gap).Should().BeEmpty();
        events.Where(one => one.Kind == AuditEventKind.Created).Select(one => one.RelativePath).Should().OnlyHaveUniqueItems();
        var counters = watched.Monitor.GetHealth().Counters;
        (counters.Received - counters.Coalesced).Should().Be(counters.Emitted + counters.Suppressed, "each path that was heard of was looked at");
        await writing;
    }

    [Theory]
    [MemberData(nameof(TestSources.Listening), MemberType = typeof(TestSources))]
    public async Task What_finds_the_queue_full_is_a_gap_and_is_found_again(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);

        // However fast the pipeline is: while a required sink holds the stream, little is taken, and the queue of eight overflows.
        var held = new TaskCompletionSource();
        await using var watched = await WatchedDirectory.StartAsync(
            MakeDirectories,
            options =>
            {
                options.Source = source;
                options.Queue.Capacity = 8;
                options.Queue.MaxPendingPaths = 8;
            },
            components => components.AddSink(new CapturingSink { HoldUntil = held.Task }, SinkPromise.Required),
            waitsForBaseline: false);

        Write(watched, MoreThanTheStreamHolds);
        held.SetResult();
        for (var i = 0; i < Directories; i += 2)
        {
            Directory.Delete(watched.PathOf($"{i}"), recursive: true);
        }

        // A hint about a file that is gone again changes nothing; it fills the queue.
        Write(watched, Files / 10, name => File.Delete(watched.PathOf(name)));
        var events = await watched.DoneAsync(loses: true);

        var counters = watched.Monitor.GetHealth().Counters;
        counters.Lost.Should().BePositive("a queue of eight does not hold a storm");
        var gaps = events.Where(one => one.Kind == AuditEventKind.Gap).ToList();
        gaps.Should().NotBeEmpty().And.OnlyContain(one => one.Gap!.Cause == GapCause.QueueFull);
        gaps.Where(one => one.Gap!.Phase == GapPhase.Closed).Sum(one => one.Gap!.Lost).Should().Be(counters.Lost, "each refused hint is told");
        events.Should().Contain(one => one.Origin == AuditEventOrigin.Reconciled);
    }

    [Fact]
    public async Task More_paths_than_may_be_pending_are_looked_at_early_and_none_is_lost()
    {
        const int Written = 200;
        await using var watched = await WatchedDirectory.StartAsync(configure: options =>
        {
            options.Debounce.QuietPeriod = options.Debounce.MaxDelay = TimeSpan.FromHours(1);
            options.Queue.MaxPendingPaths = 4;
            options.Checksum.Enabled = false;
        });

        for (var i = 0; i < Written; i++)
        {
            await File.WriteAllTextAsync(watched.PathOf($"{i}"), "", TestContext.Current.CancellationToken);
        }

        await watched.UntilAsync(events => events.Count >= Written - 4, $"{Written - 4} events, though no quiet period is over");

        (await watched.StopAsync(replays: false)).Should().HaveCount(Written);
    }

    private static void MakeDirectories(WatchedDirectory watched)
    {
        for (var i = 0; i < Directories; i++)
        {
            Directory.CreateDirectory(watched.PathOf($"{i}"));
        }
    }

    private static void Write(WatchedDirectory watched, int files, Action<string>? afterwards = null)
    {
        for (var i = 0; i < files; i++)
        {
            var name = $"{i % Directories}/{i}";
            if (Directory.Exists(watched.PathOf($"{i % Directories}")))
            {
                File.WriteAllText(watched.PathOf(name), name);
                afterwards?.Invoke(name);
            }
        }
    }
}
