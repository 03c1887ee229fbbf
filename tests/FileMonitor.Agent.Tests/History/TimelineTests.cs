using System.Globalization;
using System.Text;
using FileMonitor.Agent.History;
using FileMonitor.JsonLines;
using Xunit;

namespace FileMonitor.Agent.Tests.History;

/// <summary>
/// What a history says of the time from 0 to 100. Marks are written as <c>time:what</c>: S started, X stopped, R found unstopped, L last record, +1 and -1 gap 1 opened and closed, lost, back.
/// Segments as <c>from-to state</c>.
/// </summary>
public sealed class TimelineTests
{
    [Theory]
    // Without a journal: only what this run knows.
    [InlineData(null, "", 10, 12, "0-10 Unknown, 10-12 Starting, 12-100 Watched", "")]
    [InlineData(null, "", 10, null, "0-10 Unknown, 10-100 Starting", "")]
    [InlineData(null, "20:+1 30:-1", 10, 10, "0-10 Unknown, 10-20 Watched, 20-30 Gap, 30-100 Watched", "Gap 20-30 Closed")]
    [InlineData(null, "20:+1", 10, 10, "0-10 Unknown, 10-20 Watched, 20-100 Gap", "Gap 20- Open")]
    [InlineData(null, "20:lost 20:+r2 30:back 40:-r2", 10, 10, "0-10 Unknown, 10-20 Watched, 20-30 RootLost, 30-40 Gap, 40-100 Watched", "RootLost 20-40 Closed")]
    [InlineData(null, "20:+1 25:+2 30:-1 40:-2", 10, 10, "0-10 Unknown, 10-20 Watched, 20-40 Gap, 40-100 Watched", "Gap 20-30 Closed, Gap 25-40 Closed")]
    [InlineData(null, "20:slow", 10, 10, "0-10 Unknown, 10-100 Watched", "Gap 20-20 Moment")]
    // The first start with a journal.
    [InlineData("10:S", "", 10, 10, "0-10 Unknown, 10-100 Watched", "")]
    // A stop, and a run that was killed.
    [InlineData("10:S 50:X 70:S", "", 70, 70, "0-10 Unknown, 10-50 Watched, 50-70 NotRunning, 70-100 Watched", "")]
    [InlineData("10:S 40:L 70:R 70:S", "", 70, 70, "0-10 Unknown, 10-40 Watched, 40-70 NotRunning, 70-100 Watched", "RunEnded 40-70 Closed")]
    [InlineData("10:S 40:L 70:S", "", 70, 70, "0-10 Unknown, 10-40 Watched, 40-70 NotRunning, 70-100 Watched", "RunEnded 40-70 Closed")]
    [InlineData("10:S 50:X 50:R 70:S", "", 70, 70, "0-10 Unknown, 10-50 Watched, 50-70 NotRunning, 70-100 Watched", "")]
    // The begin of the first run is before what was read.
    [InlineData("-5:L 30:X 40:S", "", 40, 40, "0-30 Watched, 30-40 NotRunning, 40-100 Watched", "")]
    [InlineData("20:-1 30:X 40:S", "", 40, 40, "0-20 Gap, 20-30 Watched, 30-40 NotRunning, 40-100 Watched", "Gap 20-20 Closed", -7)]
    // Nobody closes a gap of a run before, and the numbers begin again.
    [InlineData("10:S 20:+1 50:X 70:S", "80:+1 90:-1", 70, 70, "0-10 Unknown, 10-20 Watched, 20-50 Gap, 50-70 NotRunning, 70-80 Watched, 80-90 Gap, 90-100 Watched", "Gap 20-50 RunEnded, Gap 80-90 Closed")]
    public void A_history_is_made_of_what_the_journal_and_this_run_tell(string? journal, string run, int startedAt, int? runningAt, string segments, string incidents, int? knownSince = null)
    {
        var marks = (journal ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Mark).ToList();
        var past = journal is null ? MonitorPast.None : new MonitorPast(marks, At(knownSince ?? (int)(marks[0].At - DateTimeOffset.UnixEpoch).TotalSeconds), IsRead: true, null);
        var present = new MonitorPresent([.. run.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Mark)], At(startedAt), runningAt is { } at ? At(at) : null);
        var timeline = Timeline.Of(past, present);

        Assert.Equal(segments, string.Join(", ", Segments.Of(timeline, past, present, At(0), At(100)).Select(one => $"{Number(one.From)}-{Number(one.To)} {one.State}")));
        Assert.Equal(incidents, string.Join(", ", Incidents.Of("in", timeline, isKept: true).Select(one => $"{one.Kind} {Number(one.Since)}-{(one.Until is { } until ? Number(until) : "")} {one.End}")));
    }

    [Fact]
    public void Many_segments_become_parts_of_the_time_and_none_of_them_hides_a_gap()
    {
        var run = string.Join(' ', Enumerable.Range(0, 2_000).Select(at => string.Create(CultureInfo.InvariantCulture, $"{at * 10}:+{at + 1} {(at * 10) + 1}:-{at + 1}")));
        var present = new MonitorPresent([.. run.Split(' ').Select(Mark)], At(0), At(0));
        var timeline = Timeline.Of(MonitorPast.None, present);

        var segments = Segments.Of(timeline, MonitorPast.None, present, At(0), At(20_000));

        Assert.InRange(segments.Count, 1, Segments.Most);
        Assert.Equal((At(0), At(20_000)), (segments[0].From, segments[^1].To));
        Assert.Equal(segments.Skip(1).Select(one => one.From), segments.SkipLast(1).Select(one => one.To));
        Assert.All(segments, one => Assert.Equal("Gap", one.State));
    }

    private static DateTimeOffset At(int seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);

    private static string Number(DateTimeOffset at) => ((int)(at - DateTimeOffset.UnixEpoch).TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static HistoryMark Mark(string text)
    {
        var (seconds, what) = (int.Parse(text.Split(':')[0], CultureInfo.InvariantCulture), text.Split(':')[1]);
        return what switch
        {
            "S" => new(MarkKind.Started, At(seconds)),
            "X" => new(MarkKind.Stopped, At(seconds)),
            "R" => new(MarkKind.Recovered, At(seconds)),
            "L" => new(MarkKind.LastSeen, At(seconds)),
            "lost" => Event(seconds, "RootLost", ""),
            "back" => Event(seconds, "RootRestored", ""),
            "slow" => Event(seconds, "Gap", ""","gap":{"cause":"ReaderTooSlow","phase":"Closed","firstSequence":1,"lastSequence":2}"""),
            _ => Event(seconds, "Gap", $$""","gap":{"cause":"{{(what[1] == 'r' ? "RootLost" : "QueueFull")}}","phase":"{{(what[0] == '+' ? "Opened" : "Closed")}}","number":{{what.TrimStart('+', '-', 'r')}}}"""),
        };
    }

    private static HistoryMark Event(int seconds, string kind, string rest)
    {
        var at = At(seconds).ToString("O", CultureInfo.InvariantCulture);
        var json = $$"""
            {"id":"{{Guid.NewGuid()}}","sequence":2,"kind":"{{kind}}","origin":"Live","itemType":"Directory","monitor":"in","root":"/srv","relativePath":"","checksumStatus":"NotApplicable",
            "occurredAt":"{{at}}","firstOccurredAt":"{{at}}","settledAt":"{{at}}","emittedAt":"{{at}}","hints":0{{rest}}}
            """;
        return HistoryMark.Of(AuditEventJson.Parse(Encoding.UTF8.GetBytes(json)))!;
    }
}
