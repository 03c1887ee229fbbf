using System.Globalization;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>A source that loses hints, as the queue of an operating system does when it overflows, and says so.</summary>
public sealed class LossCaseTests
{
    [Fact]
    public async Task What_a_source_lost_is_found_between_the_two_ends_of_a_gap()
    {
        const int Directories = 20;
        const int Files = 2_000;
        await using var source = new ScriptedSource();
        await using var watched = await StartAsync(source);
        for (var i = 0; i < Files; i++)
        {
            Directory.CreateDirectory(watched.PathOf($"d{i % Directories}"));
            await File.WriteAllTextAsync(
                watched.PathOf($"d{i % Directories}/{i}"), i.ToString(CultureInfo.InvariantCulture), TestContext.Current.CancellationToken);
        }

        source.Lose("", GapCause.SourceOverflow, "The queue was full.");
        var events = await watched.SettledAsync();

        events.Should().HaveCount(Files + Directories + 2);
        (events[0].Gap?.Phase, events[0].Gap?.Cause).Should().Be((GapPhase.Opened, GapCause.SourceOverflow));
        (events[^1].Gap?.Phase, events[^1].Gap?.Number, events[^1].Gap?.Found).Should().Be((GapPhase.Closed, events[0].Gap?.Number, Files + Directories));
        events.Skip(1).SkipLast(1).Should().OnlyContain(one => one.Kind == AuditEventKind.Created && one.Origin == AuditEventOrigin.Reconciled);
        watched.Monitor.GetHealth().OpenGaps.Should().BeEmpty();
    }

    [Fact]
    public async Task Each_gap_has_its_own_number()
    {
        await using var source = new ScriptedSource();
        await using var watched = await StartAsync(source);

        source.Lose("", GapCause.SourceError, "first");
        await watched.FlushAsync();
        source.Lose("", GapCause.SourceError, "second");
        var events = await watched.SettledAsync();

        events.Select(one => (one.Kind, one.Gap?.Phase, one.Gap?.Number)).Should().Equal(
            (AuditEventKind.Gap, GapPhase.Opened, 1),
            (AuditEventKind.Gap, GapPhase.Closed, 1),
            (AuditEventKind.Gap, GapPhase.Opened, 2),
            (AuditEventKind.Gap, GapPhase.Closed, 2));
    }

    private Task<WatchedDirectory> StartAsync(ScriptedSource source) => WatchedDirectory.StartAsync(components: components => components.Source = () => source);
}
