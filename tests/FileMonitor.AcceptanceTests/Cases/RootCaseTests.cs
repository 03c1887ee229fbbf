using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>The root itself goes away. Nobody tells a watcher that; the monitor looks.</summary>
public sealed class RootCaseTests
{
    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_root_that_is_deleted_is_lost_and_found_again_when_it_is_made_again(ChangeSourceKind source)
    {
        SystemLimits.SkipWhereDeletedItemsCanBeOpened(source);
        await using var watched = await StartAsync(source);
        Directory.Delete(watched.Root, recursive: true);
        await watched.UntilAsync(one => one.Kind == AuditEventKind.RootLost, "word of the lost root");

        // Made aside, so that it is there at once with what is in it: what is written into it later may come after the gap.
        var again = Directory.CreateDirectory(Path.Join(watched.Outside, "again")).FullName;
        await File.WriteAllTextAsync(Path.Join(again, "g"), "two", TestContext.Current.CancellationToken);
        Directory.Move(again, watched.Root);
        await watched.UntilAsync(IsHealed, "end of the gap");
        var events = await watched.SettledAsync();

        // What stood in it was deleted one by one before the root was: that may have been told or not.
        events.Where(one => one.Kind != AuditEventKind.Deleted).Select(Say).Should().Equal("RootLost ", "Gap RootLost Opened", "RootRestored ", "Created g", "Gap RootLost Closed");
        await WritesAreToldAsync(watched);
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_root_that_is_moved_away_is_lost_and_another_one_in_its_place_is_compared(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        Directory.Move(watched.Root, Path.Join(watched.Outside, "away"));
        await watched.UntilAsync(one => one.Kind == AuditEventKind.RootLost, "word of the lost root");
        await watched.FlushAsync();
        watched.SinceBaseline().Select(Say).Should().Equal(["RootLost ", "Gap RootLost Opened"], "what is not there is not deleted");
        watched.Monitor.GetHealth().Roots.Single().IsAvailable.Should().BeFalse();

        // Made aside, so that it is there at once with what is in it.
        var other = Directory.CreateDirectory(Path.Join(watched.Outside, "other")).FullName;
        await File.WriteAllTextAsync(Path.Join(other, "f"), "other", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Join(other, "g"), "two", TestContext.Current.CancellationToken);
        Directory.Move(other, watched.Root);
        await watched.UntilAsync(IsHealed, "end of the gap");
        var events = await watched.SettledAsync();

        events.Select(Say).Take(3).Should().Equal("RootLost ", "Gap RootLost Opened", "RootRestored ");
        events.Select(Say).Skip(3).SkipLast(1).Should().BeEquivalentTo("Modified f", "Created g", "Deleted d/e", "Deleted d");
        if (source != ChangeSourceKind.Polling)
        {
            // Polling may look before the comparison does.
            events.Skip(3).SkipLast(1).Should().OnlyContain(one => one.Origin == AuditEventOrigin.Reconciled);
        }

        IsHealed(events[^1]).Should().BeTrue();
        watched.Monitor.GetHealth().Roots.Single().IsAvailable.Should().BeTrue();

        // Nothing is heard any more from the directory that was the root.
        await File.WriteAllTextAsync(Path.Join(watched.Outside, "away", "stale"), "stale", TestContext.Current.CancellationToken);
        await WritesAreToldAsync(watched);
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_root_that_comes_back_as_a_link_says_where_that_leads(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        var elsewhere = Directory.CreateDirectory(Path.Join(watched.Outside, "elsewhere")).FullName;
        Directory.Move(watched.Root, Path.Join(watched.Outside, "away"));
        await watched.UntilAsync(one => one.Kind == AuditEventKind.RootLost, "word of the lost root");

        Directory.CreateSymbolicLink(watched.Root, elsewhere);

        var restored = await watched.UntilAsync(one => one.Kind == AuditEventKind.RootRestored, "word of the root that is there again");
        restored.Detail.Should().Contain($"Its path leads through a link to '{elsewhere}'.");
        await watched.UntilAsync(IsHealed, "end of the gap");
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_root_that_comes_back_as_it_was_changed_nothing(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        Directory.Move(watched.Root, Path.Join(watched.Outside, "away"));
        await watched.UntilAsync(one => one.Kind == AuditEventKind.RootLost, "word of the lost root");

        Directory.Move(Path.Join(watched.Outside, "away"), watched.Root);
        await watched.UntilAsync(IsHealed, "end of the gap");
        var events = await watched.SettledAsync();

        events.Select(Say).Should().Equal("RootLost ", "Gap RootLost Opened", "RootRestored ", "Gap RootLost Closed");
        events[^1].Gap!.Found.Should().Be(0);
        await WritesAreToldAsync(watched);
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_flush_without_its_root_ends_and_says_why(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        Directory.Move(watched.Root, Path.Join(watched.Outside, "away"));

        var flushed = await watched.FlushAsync();

        flushed.IsComplete.Should().BeFalse();
        flushed.Degradations.Should().Contain(one => one.Contains(watched.Root, StringComparison.Ordinal));
        Directory.Move(Path.Join(watched.Outside, "away"), watched.Root);
        await watched.UntilAsync(IsHealed, "end of the gap");
        (await watched.FlushAsync()).IsComplete.Should().BeTrue();
    }

    private static bool IsHealed(AuditEvent one) => one.Gap is { Cause: GapCause.RootLost, Phase: GapPhase.Closed };

    private static string Say(AuditEvent one) => $"{one.Kind} {one.RelativePath}{(one.Gap is null ? "" : $"{one.Gap.Cause} {one.Gap.Phase}")}";

    private static async Task<WatchedDirectory> StartAsync(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        return await WatchedDirectory.StartAsync(
            before =>
            {
                File.WriteAllText(before.PathOf("f"), "one");
                Directory.CreateDirectory(before.PathOf("d"));
                File.WriteAllText(before.PathOf("d/e"), "deep");
            },
            options =>
            {
                options.Source = source;
                options.Polling.Interval = options.Recovery.RootCheckInterval = TimeSpan.FromMilliseconds(100);
            });
    }

    private static async Task WritesAreToldAsync(WatchedDirectory watched)
    {
        await File.WriteAllTextAsync(watched.PathOf("last"), "three", TestContext.Current.CancellationToken);
        (await watched.SettledAsync())[^1].RelativePath.Should().Be("last");
    }
}
