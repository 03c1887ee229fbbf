using System.Text;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journals;
using FileMonitor.Durable.State;
using FileMonitor.Durable.Tests.Journal;
using FileMonitor.JsonLines;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Durable.Tests.Journals;

public sealed class AuditJournalTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Directory => _temporary.PathOf("journal");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Events_are_read_as_they_were_told()
    {
        var story = await Story().Started("/r").Told(AuditEventKind.Created, path: "a\n\"").Stopped().Told(AuditEventKind.Deleted).EndAsync();

        Texts(AuditJournal.ReadEvents(Directory)).Should().Equal(story.Events.Select(told => AuditEventJson.Serialize(told) + "\n"));
    }

    [Fact]
    public async Task A_period_has_its_begin_and_not_its_end()
    {
        var story = await Story().Told(AuditEventKind.Created).Told(AuditEventKind.Modified).Told(AuditEventKind.Deleted).EndAsync();
        var (from, to) = (story.Events[1].EmittedAt, story.Events[2].EmittedAt);

        Texts(AuditJournal.ReadEvents(Directory, from, to)).Should().Equal(AuditEventJson.Serialize(story.Events[1]) + "\n");
    }

    [Fact]
    public async Task Events_are_read_across_segments_and_after_old_ones_are_gone()
    {
        var story = Story(segmentBytes: 2000);
        for (var i = 0; i < 60; i++)
        {
            story.Told(AuditEventKind.Modified, path: $"f{i}");
        }

        story.DeleteSegmentsBefore(30);
        await story.EndAsync();
        var left = Texts(AuditJournal.ReadEvents(Directory)).ToList();

        left.Count.Should().BeInRange(30, 59);
        left.Should().Equal(story.Events.TakeLast(left.Count).Select(told => AuditEventJson.Serialize(told) + "\n"));
        AuditJournal.Verify(Directory, cancellationToken: TestContext.Current.CancellationToken).Should().Match<JournalVerification>(found => found.IsAuthentic && found.FirstRecord > 0 && found.Checkpoint!.Size == found.AuthenticUpTo);
        AuditJournal.Find(Directory, story.Events[0].Id).Should().BeNull();
    }

    [Fact]
    public async Task An_event_is_found_and_proved_and_a_changed_line_is_not()
    {
        var story = await Story().Started("/r").Told(AuditEventKind.Created).Told(AuditEventKind.Deleted).EndAsync();

        var index = AuditJournal.Find(Directory, story.Events[1].Id)!.Value;
        var proof = AuditJournal.Prove(Directory, index)!;

        index.Should().Be(2);
        AuditJournal.VerifyProof(Directory, proof.Line.Span, proof.Proof.Span).Should().Be(2);
        var changed = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(proof.Line.Span).Replace("Deleted", "Created", StringComparison.Ordinal));
        AuditJournal.VerifyProof(Directory, changed, proof.Proof.Span).Should().BeNull();
        AuditJournal.VerifyProof(Directory, proof.Line.Span, [1, 2]).Should().BeNull();
        AuditJournal.Prove(Directory, 3).Should().BeNull();
        AuditJournal.Find(Directory, Guid.NewGuid()).Should().BeNull();
    }

    [Fact]
    public async Task An_acceptance_is_a_record_that_is_covered_by_a_checkpoint()
    {
        var story = await Story().Started("/r").Told(AuditEventKind.Created, AuditEventOrigin.Offline).Stopped().EndAsync();
        var time = new FakeTimeProvider(story.Now.AddHours(1));

        var record = await AuditJournal.AcceptAsync(Directory, new("alice", "patch day", [story.Events[0].Id, story.Events[0].Id], "CHG-1"), time: time);

        record.Should().Be(3);
        AuditJournal.Verify(Directory, cancellationToken: TestContext.Current.CancellationToken).AuthenticUpTo.Should().Be(4);
        AuditJournal.Report(Directory, cancellationToken: TestContext.Current.CancellationToken).Acceptances.Should().ContainSingle().Which.Should().BeEquivalentTo(
            new { Record = 3L, At = time.GetUtcNow(), Who = "alice", Why = "patch day", Ticket = "CHG-1", Events = new[] { story.Events[0].Id } });
    }

    [Fact]
    public async Task Nothing_is_recorded_for_an_event_that_there_is_not()
    {
        var story = await Story().Told(AuditEventKind.Created).EndAsync();
        var unknown = Guid.NewGuid();

        var accepting = async () => await AuditJournal.AcceptAsync(Directory, new("alice", "why", [story.Events[0].Id, unknown]));

        (await accepting.Should().ThrowAsync<KeyNotFoundException>()).WithMessage($"*{unknown}*");
        AuditJournal.Verify(Directory, cancellationToken: TestContext.Current.CancellationToken).Records.Should().Be(1);
    }

    [Fact]
    public async Task Whoever_has_the_journal_is_named()
    {
        var story = Story().Told(AuditEventKind.Created);

        var accepting = async () => await AuditJournal.AcceptAsync(Directory, new("alice", "why", [story.Events[0].Id]));

        (await accepting.Should().ThrowAsync<DurableStateException>()).WithMessage($"*process {Environment.ProcessId} on *");
        await story.EndAsync();
    }

    [Fact]
    public async Task An_acceptance_after_a_crash_tells_of_it_and_hides_nothing_from_the_next_start()
    {
        var story = await Story().Started("/r").Told(AuditEventKind.Created).AbandonAsync();

        await AuditJournal.AcceptAsync(Directory, new("alice", "why", [story.Events[0].Id]), time: new FakeTimeProvider(story.Now.AddHours(1)));

        var report = AuditJournal.Report(Directory, cancellationToken: TestContext.Current.CancellationToken);
        report.Runs.Should().ContainSingle().Which.End.Should().Be(JournalRunEnd.Abandoned);
        var writer = JournalWriter.Open(StoryJournal.Settings(Directory));
        using var reader = new JournalReader(Directory, writer.Progress);

        // Since when it was not running: the acceptance and what it found are of another process.
        JournalTail.Find(reader, writer.Progress.Committed).Should().Be((1, story.Now));
        await writer.CloseAsync(CancellationToken.None);
    }

    [Fact]
    public void Where_no_journal_is_none_is_made()
    {
        var reading = () => AuditJournal.Verify(Directory, cancellationToken: TestContext.Current.CancellationToken);
        reading.Should().Throw<DirectoryNotFoundException>();
        System.IO.Directory.CreateDirectory(Directory);

        var accepting = () => AuditJournal.AcceptAsync(Directory, new("alice", "why", [Guid.NewGuid()])).AsTask();
        accepting.Should().ThrowAsync<FileNotFoundException>();
        var exporting = () => AuditJournal.ReadEvents(Directory).Count();
        exporting.Should().Throw<FileNotFoundException>();
        System.IO.Directory.EnumerateFileSystemEntries(Directory).Should().BeEmpty();
    }

    [Theory]
    [InlineData("", "why")]
    [InlineData("alice", " ")]
    public void Who_accepts_says_who_and_why(string who, string why)
    {
        var making = () => new JournalAcceptance(who, why, [Guid.NewGuid()]);
        making.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_record_of_an_acceptance_has_its_limits()
    {
        var none = () => new JournalAcceptance("alice", "why", []);
        none.Should().Throw<ArgumentException>();
        var many = () => new JournalAcceptance("alice", "why", [.. Enumerable.Range(0, JournalAcceptance.MostEvents + 1).Select(_ => Guid.NewGuid())]);
        many.Should().Throw<ArgumentException>();
        var longText = () => new JournalAcceptance("alice", new string('x', JournalAcceptance.MostCharacters + 1), [Guid.NewGuid()]);
        longText.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void The_largest_acceptance_fits_in_a_line()
    {
        // Each character takes six bytes of JSON.
        var text = new string('\u0001', JournalAcceptance.MostCharacters);
        var record = new AcceptedRecord { At = StoryJournal.Begin, Who = text, Why = text, Ticket = text, Events = [.. Enumerable.Repeat(Guid.NewGuid(), JournalAcceptance.MostEvents)] };

        record.ToLine().Length.Should().BeInRange(6 * 3 * text.Length, LineScanner.MostLineBytes - 1);
    }

    private static IEnumerable<string> Texts(IEnumerable<ReadOnlyMemory<byte>> lines) => lines.Select(line => Encoding.UTF8.GetString(line.Span));

    private StoryJournal Story(long segmentBytes = 1 << 24) => new(Directory, segmentBytes);
}
