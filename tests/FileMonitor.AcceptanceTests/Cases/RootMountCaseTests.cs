using FileMonitor.Tests.Sources.Linux;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>
/// Volumes are mounted over the root itself, faster than it can be compared. How often the monitor notices that is up to the machine; each time
/// that it says so, what follows has the order that docs/events.md promises.
/// </summary>
public sealed class RootMountCaseTests
{
    private const string Volume = "-t tmpfs none";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_root_that_is_mounted_over_three_times_is_told_each_time_with_a_gap_of_its_own(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, _ => { });
        using var first = Mounted.At(watched.Root, Volume);
        using var second = Mounted.At(watched.Root, Volume);
        using var third = Mounted.At(watched.Root, Volume);

        await AssertToldInOrderAsync(watched);
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_root_whose_volume_is_exchanged_three_times_is_told_each_time_with_a_gap_of_its_own(ChangeSourceKind source)
    {
        Mounted? mount = null;
        await using var watched = await StartAsync(source, before => mount = Mounted.At(before.Root, Volume));
        using var mounted = mount!;
        for (var time = 0; time < 3; time++)
        {
            mounted.Replace(Volume);
        }

        await AssertToldInOrderAsync(watched);
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_volume_mounted_over_a_root_and_unmounted_leaves_the_directory_that_was_the_root(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, _ => { });
        for (var time = 1; time <= 2; time++)
        {
            using var mounted = Mounted.At(watched.Root, Volume);
            await File.WriteAllTextAsync(watched.PathOf("volume"), "two", Cancelled);
            await watched.UntilAsync(events => HealedTimes(events) == (2 * time) - 1, "end of the gap of the volume");
            (await watched.FlushAsync()).IsComplete.Should().BeTrue();

            mounted.Detach();
            await watched.UntilAsync(events => HealedTimes(events) == 2 * time, "end of the gap of what the volume left");
            (await watched.FlushAsync()).IsComplete.Should().BeTrue();
        }

        await File.WriteAllTextAsync(watched.PathOf("d0/last"), "three", Cancelled);
        var events = await watched.SettledAsync();
        events.Where(one => one.RelativePath == "volume").Select(one => one.Kind)
            .Should().Equal(AuditEventKind.Created, AuditEventKind.Deleted, AuditEventKind.Created, AuditEventKind.Deleted);
        events[^1].RelativePath.Should().Be("d0/last");
        watched.Monitor.GetHealth().OpenGaps.Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_root_that_was_a_volume_is_lost_until_a_volume_is_mounted_there(ChangeSourceKind source)
    {
        Mounted? mount = null;
        await using var watched = await StartAsync(source, before => mount = Mounted.At(before.Root, Volume));
        mount!.Detach();
        await watched.UntilAsync(one => one.Kind == AuditEventKind.RootLost, "word of the lost root");
        await File.WriteAllTextAsync(watched.PathOf("below"), "nobody's", Cancelled);
        (await watched.FlushAsync()).IsComplete.Should().BeFalse();

        using var mounted = Mounted.At(watched.Root, Volume);
        await watched.UntilAsync(events => HealedTimes(events) == 1, "end of the gap");
        var events = await ToldAsync(watched);
        events.Should().NotContain(one => one.RelativePath == "below", "the directory below a volume is not the root");
        events.Count(one => one.Kind == AuditEventKind.RootLost).Should().Be(1);
    }

    private static int HealedTimes(IReadOnlyList<AuditEvent> events) => events.Count(one => one.Gap is { Cause: GapCause.RootLost, Phase: GapPhase.Closed });

    private static async Task AssertToldInOrderAsync(WatchedDirectory watched)
    {
        var events = await ToldAsync(watched);
        var words = string.Join(", ", events.Where(one => one.Kind is AuditEventKind.Gap or AuditEventKind.RootLost or AuditEventKind.RootRestored).Select(Say));
        var lost = Places(events, one => one.Kind == AuditEventKind.RootLost);
        var opened = Places(events, one => one.Gap is { Cause: GapCause.RootLost, Phase: GapPhase.Opened });
        var restored = Places(events, one => one.Kind == AuditEventKind.RootRestored);
        var closed = Places(events, one => one.Gap is { Cause: GapCause.RootLost, Phase: GapPhase.Closed });

        lost.Should().NotBeEmpty();
        opened.Should().Equal(lost.Select(place => place + 1), "each loss opens a gap, at once: {0}", words);
        restored.Should().HaveSameCount(lost, words);
        lost.Skip(1).Zip(restored, (again, back) => again > back).Should().AllBeEquivalentTo(true, "a root is back before it is lost again: {0}", words);
        var numbers = opened.Select(place => events[place].Gap?.Number);
        numbers.Should().OnlyHaveUniqueItems(words).And.BeInAscendingOrder(words);
        closed.Select(place => events[place].Gap?.Number).Should().Equal(numbers, "each is closed, once, in its order: {0}", words);
        closed.Zip(restored, (end, back) => end > back).Should().AllBeEquivalentTo(true, "nothing was compared before the root was back: {0}", words);
        closed.Should().AllSatisfy(end => Lies(end, lost, restored).Should().BeFalse("nothing is compared while the root is lost: {0}", words));
    }

    /// <summary>Everything that was told once all is settled, with the monitor stopped: what it looks at cannot be unmounted.</summary>
    private static async Task<IReadOnlyList<AuditEvent>> ToldAsync(WatchedDirectory watched)
    {
        try
        {
            await File.WriteAllTextAsync(watched.PathOf("last"), "three", Cancelled);
            await watched.UntilAsync(one => one is { Kind: AuditEventKind.Created, RelativePath: "last" }, "word of what was mounted last");
            return await watched.SettledAsync();
        }
        finally
        {
            await watched.Monitor.StopAsync().WaitAsync(WatchedDirectory.Deadline, CancellationToken.None);
        }
    }

    /// <summary>Whether an event was said while the root was lost.</summary>
    private static bool Lies(int place, IReadOnlyList<int> lost, IReadOnlyList<int> restored) =>
        lost.Zip(restored, (from, to) => place > from && place < to).Any(isBetween => isBetween);

    private static IReadOnlyList<int> Places(IReadOnlyList<AuditEvent> events, Func<AuditEvent, bool> wanted) =>
        [.. Enumerable.Range(0, events.Count).Where(place => wanted(events[place]))];

    private static string Say(AuditEvent one) => $"{one.Kind}{(one.Gap is null ? "" : $" {one.Gap.Cause} {one.Gap.Phase} {one.Gap.Number}")}";

    private static async Task<WatchedDirectory> StartAsync(ChangeSourceKind source, Action<WatchedDirectory> prepare)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        return await WatchedDirectory.StartAsync(
            before =>
            {
                prepare(before);

                // As much as makes the first comparison last until the next volume is mounted.
                for (var number = 0; number < 300; number++)
                {
                    File.WriteAllText(Path.Join(Directory.CreateDirectory(before.PathOf($"d{number % 30}")).FullName, $"{number}"), "hidden");
                }
            },
            options =>
            {
                options.Source = source;
                options.Polling.Interval = options.Recovery.RootCheckInterval = TimeSpan.FromMilliseconds(100);
            });
    }
}
