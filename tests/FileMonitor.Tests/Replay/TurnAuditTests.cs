using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Tree;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Replay;

/// <summary>The audit itself: it sees each way in which a snapshot and its events can part, and lets through only what it says.</summary>
public sealed class TurnAuditTests
{
    private static readonly AuditEventBuilder Events = new("", TimeProvider.System);
    private static readonly Occurrence Now = Occurrence.Now(AuditEventOrigin.Live, DateTimeOffset.UnixEpoch);

    private readonly FileMonitorOptions _options = new();
    private readonly Snapshot _snapshot = new(new MonitoredRoot(0, "/r", "/r", IgnoreRules.Parse([], [], ignoreCase: false)));
    private readonly SnapshotEntry _file;

    public TurnAuditTests()
    {
        _file = Add("a");
        _file.IsAnnounced = true;
    }

    [Fact]
    public void What_is_told_is_right()
    {
        Audit(audit =>
        {
            _file.SetStatus(Status(size: 2, written: 2));
            audit.Emitted(Said(AuditEventKind.Modified, _file));
            var added = Add("b");
            added.IsAnnounced = true;
            audit.Emitted(Said(AuditEventKind.Created, added));
            Snapshot.Move(_file, _snapshot.Top, "c");
            audit.Emitted(Events.Item(AuditEventKind.Renamed, _snapshot, "c", _file, Now, oldPath: "a"));
            audit.Emitted(Said(AuditEventKind.Deleted, added));
            _snapshot.Remove(added);
        }).Should().BeEmpty();
    }

    [Fact]
    public void A_file_that_is_being_read_for_its_first_event_is_nobodys_yet() => Audit(_ => Add("b")).Should().BeEmpty();

    [Fact]
    public void What_enters_or_leaves_without_an_event_is_seen()
    {
        Audit(_ => Add("b").IsAnnounced = true).Should().ContainSingle().Which.Should().Contain("b: ").And.Contain("entered");
        Audit(_ => _snapshot.Remove(_file)).Should().ContainSingle().Which.Should().Contain("a: left");
    }

    [Fact]
    public void A_rename_without_an_event_is_seen() =>
        Audit(_ => Snapshot.Move(_file, _snapshot.Top, "c")).Should().HaveCount(2);

    [Theory]
    [InlineData(2, 1, nameof(KnownFacts.Size))]
    [InlineData(1, 2, nameof(KnownFacts.LastWriteTime))]
    public void A_state_that_changes_without_an_event_is_seen(long size, long written, string fact) =>
        Audit(_ => _file.SetStatus(Status(size, written))).Should().ContainSingle().Which.Should().Contain(fact);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_mode_has_its_event_where_those_are_asked_for(bool isAskedFor)
    {
        _options.Report.AttributeChanges = isAskedFor ? ItemAttributes.AllMetadata : ItemAttributes.None;
        Audit(_ => _file.SetStatus(Status(mode: 7))).Should().HaveCount(isAskedFor ? 1 : 0);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_time_alone_may_change_only_where_the_content_was_read_and_is_the_same(bool isKnown, bool isSeen)
    {
        _file.SetChecksum(isKnown ? ChecksumStatus.Computed : ChecksumStatus.TooLarge, isKnown ? Sha256Digest.From(new byte[Sha256Digest.Length]) : null);
        Audit(_ => _file.SetStatus(Status(written: 2))).Should().HaveCount(isSeen ? 1 : 0);
    }

    [Theory]
    [InlineData(true, ChecksumStatus.NotComputed, true)]
    [InlineData(false, ChecksumStatus.NotComputed, false)]
    [InlineData(false, ChecksumStatus.Unreadable, true)]
    public void A_checksum_is_learnt_in_silence_only_for_a_baseline_that_is_not_told(bool tellsBaseline, ChecksumStatus before, bool isSeen)
    {
        _options.Report.Baseline = tellsBaseline;
        _file.SetChecksum(before);
        Audit(_ => _file.SetChecksum(ChecksumStatus.Computed, Sha256Digest.From(new byte[Sha256Digest.Length]))).Should().HaveCount(isSeen ? 1 : 0);
    }

    [Fact]
    public void An_event_without_its_difference_is_seen()
    {
        _file.SetChecksum(ChecksumStatus.Computed, Sha256Digest.From(new byte[Sha256Digest.Length]));
        Audit(audit => audit.Emitted(Said(AuditEventKind.Modified, _file))).Should().NotBeEmpty();
        Audit(audit => audit.Emitted(Said(AuditEventKind.ChecksumUpdated, _file))).Should().NotBeEmpty();
        Audit(audit => audit.Emitted(Said(AuditEventKind.AttributesChanged, _file))).Should().NotBeEmpty();
        Audit(audit => audit.Emitted(Said(AuditEventKind.Created, _file))).Should().NotBeEmpty();
        Audit(audit => audit.Emitted(Said(AuditEventKind.Deleted, _file))).Should().NotBeEmpty();
        Audit(audit => audit.Emitted(Said(AuditEventKind.Baseline, _file))).Should().BeEmpty("once it may be told");
        Audit(audit =>
        {
            audit.Emitted(Said(AuditEventKind.Baseline, _file));
            audit.Emitted(Said(AuditEventKind.Baseline, _file));
        }).Should().NotBeEmpty();
        Audit(audit =>
        {
            // Touched, and told as if its content were another.
            _file.SetStatus(Status(written: 2));
            audit.Emitted(Said(AuditEventKind.Modified, _file));
        }).Should().NotBeEmpty();
    }

    [Fact]
    public void A_change_that_was_not_applied_is_seen_and_one_that_was_is_stored()
    {
        var audit = new TurnAudit(_options);
        audit.TurnEnded([_snapshot]);
        _snapshot.Apply(TreeDelta.Update("a", Status(mode: 7)));
        audit.TurnEnded([_snapshot]);
        audit.Wrong.Should().BeEmpty();

        _file.SetStatus(Status(mode: 8));
        audit.TurnEnded([_snapshot]);

        audit.Wrong.Should().ContainSingle().Which.Should().Contain("do not add up");
    }

    private IReadOnlyList<string> Audit(Action<TurnAudit> turn)
    {
        // These change the snapshot past its one way, and look at what the events say.
        var audit = new TurnAudit(_options, storesChanges: false);
        audit.TurnEnded([_snapshot]);
        turn(audit);
        audit.TurnEnded([_snapshot]);
        return audit.Wrong;
    }

    private static FileStatus Status(long size = 1, long written = 1, int mode = 6) => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = ItemType.File,
        Size = size,
        LastWriteTicks = written,
        Mode = mode,
    };

    private AuditEvent Said(AuditEventKind kind, SnapshotEntry entry) => Events.Item(kind, _snapshot, Snapshot.PathOf(entry), entry, Now);

    private SnapshotEntry Add(string name) => _snapshot.Add(_snapshot.Top, name, Status());
}
