using FileMonitor.Durable.Journals;
using FileMonitor.Durable.Tests.Journal;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Journals;

public sealed class JournalReportTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Directory => _temporary.PathOf("journal");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Runs_are_told_with_how_they_ended_and_when_nobody_watched()
    {
        // Minutes: 1 started, 2 event, 3 stopped, 4 started, 5 event, then nothing until 6 recovered, 7 started.
        await Story().Started("/r").Told(AuditEventKind.Created).Stopped().Started("/r").Told(AuditEventKind.Modified).Recovered("cut").Started("/r").EndAsync();

        var report = Report();

        report.Runs.Select(run => (run.StartedAt, run.EndedAt, run.End, run.Recovery)).Should().Equal(
            (At(1), At(3), JournalRunEnd.Stopped, null),
            (At(4), At(5), JournalRunEnd.Abandoned, null),
            (At(7), At(7), JournalRunEnd.None, "cut"));
        report.Runs.Should().OnlyContain(run => run.ProcessId == 7 && run.Version == "1.2");
        report.Pauses.Select(pause => (pause.From, pause.To)).Should().Equal((At(3)!.Value, At(4)), (At(5)!.Value, At(7)));
    }

    [Fact]
    public async Task The_events_of_the_period_are_those_that_were_verified()
    {
        var story = await Story().Started("/r").Told(AuditEventKind.Created).Told(AuditEventKind.Modified).Told(AuditEventKind.Deleted).Stopped().EndAsync();

        Report().Events.Select(told => told.Id).Should().Equal(story.Events.Select(told => told.Id));
        Report(from: At(3), to: At(4)).Events.Select(told => told.Kind).Should().Equal(AuditEventKind.Modified);

        var report = Report();
        var segment = Path.Join(Directory, "000000000000.ndjson");
        await File.WriteAllTextAsync(segment, (await File.ReadAllTextAsync(segment, TestContext.Current.CancellationToken)).Replace("Modified", "Renamed1", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        report.Invoking(read => read.Events.Count()).Should().Throw<IOException>().WithMessage("*changed after they were verified*");
        Report().Events.Should().BeEmpty();
    }

    [Fact]
    public async Task After_the_last_stop_nobody_watches()
    {
        await Story().Started("/r").Stopped().EndAsync();

        Report().Pauses.Should().ContainSingle().Which.Should().BeEquivalentTo(new { From = At(2)!.Value, To = (DateTimeOffset?)null });
    }

    [Fact]
    public async Task A_root_that_was_lost_or_not_configured_was_not_watched_meanwhile()
    {
        // Minutes: 1 started, 2 lost, 3 restored, 4 lost, 5 stopped, 6 started, 7 restored, 8 lost, 9 removed, 10 added again.
        await Story().Started("/r", "/s").Told(AuditEventKind.RootLost).Told(AuditEventKind.RootRestored).Told(AuditEventKind.RootLost).Stopped()
            .Started("/r", "/s").Told(AuditEventKind.RootRestored).Told(AuditEventKind.RootLost).Changed("/s").Changed("/r", "/s").Told(AuditEventKind.RootLost).EndAsync();

        Pauses(Report()).Should().Equal(
            (At(2), At(3), JournalPauseReason.RootLost),
            (At(4), At(7), JournalPauseReason.RootLost),
            (At(8), At(9), JournalPauseReason.RootLost),
            (At(9), At(10), JournalPauseReason.NotConfigured),
            (At(11), null, JournalPauseReason.RootLost));
        Report().Pauses.Where(pause => pause.Reason != JournalPauseReason.NotRunning).Should().OnlyContain(pause => pause.Root == "/r");
        Report().Pauses.Should().ContainSingle(pause => pause.Reason == JournalPauseReason.NotRunning).Which.Root.Should().BeNull();
        Pauses(Report(from: At(4), to: At(8))).Should().Equal((At(4), At(7), JournalPauseReason.RootLost));

        static IEnumerable<(DateTimeOffset?, DateTimeOffset?, JournalPauseReason)> Pauses(JournalReport report) =>
            report.Pauses.Where(pause => pause.Reason != JournalPauseReason.NotRunning).Select(pause => ((DateTimeOffset?)pause.From, pause.To, pause.Reason));
    }

    [Fact]
    public async Task The_scope_is_the_one_at_the_begin_and_each_change()
    {
        await Story().Started("/old").Stopped().Started("/r").Stopped().Started("/r").Stopped().Changed("/r", "/new").Started("/r", "/new").Stopped().EndAsync();

        var all = Report().Scopes;
        all.Select(scope => (scope.Since, string.Join(' ', scope.Roots.Select(root => root.Path)))).Should().Equal((At(1)!.Value, "/old"), (At(3)!.Value, "/r"), (At(7)!.Value, "/r /new"));
        all[0].Roots[0].Should().Match<JournalRoot>(root => root.Recursive && root.Include.Single() == "*.txt" && root.Ignore.Count == 0);
        Report(from: At(4)).Scopes.Select(scope => scope.Since).Should().Equal(At(3)!.Value, At(7)!.Value);
        Report(to: At(7)).Scopes.Select(scope => scope.Since).Should().Equal(At(1)!.Value, At(3)!.Value);
    }

    [Fact]
    public async Task Events_are_counted_by_kind_and_origin_and_those_found_at_a_start_are_listed()
    {
        var story = await Story().Started("/r")
            .Told(AuditEventKind.Created, AuditEventOrigin.Offline).Told(AuditEventKind.Created).Told(AuditEventKind.Created).Told(AuditEventKind.Deleted, AuditEventOrigin.Offline).EndAsync();

        var report = Report();

        report.Counts.Select(count => (count.Kind, count.Origin, count.Count)).Should().Equal(
            (AuditEventKind.Created, AuditEventOrigin.Live, 2), (AuditEventKind.Created, AuditEventOrigin.Offline, 1), (AuditEventKind.Deleted, AuditEventOrigin.Offline, 1));
        report.OfflineCount.Should().Be(2);
        report.Offline.Select(difference => difference.Id).Should().Equal(story.Events[0].Id, story.Events[3].Id);
        (report.FirstRecord, report.LastRecord, report.FirstAt, report.LastAt).Should().Be((0, 4, At(1), At(5)));
    }

    [Fact]
    public async Task A_period_leaves_out_what_is_outside()
    {
        await Story().Started("/r").Told(AuditEventKind.Created).Told(AuditEventKind.Modified).Told(AuditEventKind.Deleted).EndAsync();

        var report = Report(from: At(3), to: At(4));

        report.Counts.Should().ContainSingle().Which.Kind.Should().Be(AuditEventKind.Modified);
        (report.FirstRecord, report.LastRecord).Should().Be((2, 2));
        report.Runs.Should().ContainSingle();
        Report(from: At(9)).Should().Match<JournalReport>(none => none.FirstRecord == null && none.Counts.Count == 0 && none.Runs.Count == 1);
    }

    [Fact]
    public async Task A_gap_is_open_until_its_own_run_closes_it()
    {
        var story = await Story().Started("/r").Gap(GapPhase.Opened, 1).Gap(GapPhase.Opened, 2).Gap(GapPhase.Closed, 2).Gap(GapPhase.Opened, null)
            .Started("/r").Gap(GapPhase.Opened, 1).Gap(GapPhase.Closed, 1).EndAsync();

        var report = Report();

        report.OpenGapCount.Should().Be(2);
        report.OpenGaps.Select(gap => gap.Id).Should().Equal(story.Events[0].Id, story.Events[3].Id);
        Report(to: At(4)).OpenGapCount.Should().Be(2, "the second one was not closed then");
    }

    [Fact]
    public async Task A_run_whose_begin_was_deleted_has_none()
    {
        var story = Story(segmentBytes: 1500).Started("/r");
        for (var i = 0; i < 40; i++)
        {
            story.Told(AuditEventKind.Modified);
        }

        await story.DeleteSegmentsBefore(20).EndAsync();

        var report = Report();

        report.Runs.Should().ContainSingle().Which.StartedAt.Should().BeNull();
        report.FirstRecord.Should().BePositive();
        report.UnknownRecords.Should().Be(0, "changes of the key are known");
        report.Verification.IsAuthentic.Should().BeTrue();
    }

    [Fact]
    public async Task Records_that_are_not_known_are_counted()
    {
        await Story().Line("""{"kind":"Later","at":"2026-03-01T12:00:00Z"}""").Line("""{"sequence":1,"emittedAt":"2026-03-01T12:00:00Z"}""").Line("""{"kind":"Started","at":"2026-03-01T12:00:00Z","configuration":7}""")
            .Line("""{"kind":"Accepted","at":"2026-03-01T12:00:00Z"}""").Line("{}").Line("""{"kind":"State","redo":"AAAA"}""").EndAsync();

        Report().UnknownRecords.Should().Be(5);
    }

    [Fact]
    public async Task What_is_behind_a_change_is_not_reported()
    {
        var story = Story().Started("/r");
        for (var i = 0; i < 1100; i++)
        {
            story.Told(AuditEventKind.Modified);
        }

        await story.EndAsync();
        var segment = _temporary.PathOf("journal/000000000000.ndjson");
        var text = await File.ReadAllTextAsync(segment, TestContext.Current.CancellationToken);
        var at = text.LastIndexOf("Modified", StringComparison.Ordinal);
        await File.WriteAllTextAsync(segment, text[..at] + "Deleted " + text[(at + 8)..], TestContext.Current.CancellationToken);

        var report = Report();

        report.Verification.IsAuthentic.Should().BeFalse();
        report.Verification.Problem.Should().Contain("Records 1024 to 1100");
        report.Verification.Checkpoint!.Size.Should().Be(1024);
        report.Counts.Should().ContainSingle().Which.Count.Should().Be(1023);
    }

    [Fact]
    public async Task Records_that_are_not_those_that_were_verified_are_not_reported()
    {
        await Story().Started("/r").Told(AuditEventKind.Created).EndAsync();
        await new StoryJournal(_temporary.PathOf("other")).Started("/r").Told(AuditEventKind.Deleted).EndAsync();
        var verified = AuditJournal.Verify(Directory, cancellationToken: TestContext.Current.CancellationToken);

        var reporting = () => new ReportBuilder(verified, from: null, to: null).Build(_temporary.PathOf("other"), CancellationToken.None);

        reporting.Should().Throw<IOException>().WithMessage("*changed after they were verified*");
    }

    private JournalReport Report(DateTimeOffset? from = null, DateTimeOffset? to = null) =>
        AuditJournal.Report(Directory, from, to, cancellationToken: TestContext.Current.CancellationToken);

    private static DateTimeOffset? At(int minute) => StoryJournal.Begin.AddMinutes(minute);

    private StoryJournal Story(long segmentBytes = 1 << 24) => new(Directory, segmentBytes);
}
