using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Delivery;

/// <summary>
/// Builds the events of one monitor. No other class fills their fields. Stateless; the stream adds id, sequence number and time of emission.
/// </summary>
internal sealed class AuditEventBuilder(string monitor)
{
    /// <summary>An event about an item: its state in the snapshot and, if it changed, its previous state.</summary>
    public AuditEvent Item(
        AuditEventKind kind,
        Snapshot snapshot,
        string path,
        SnapshotEntry entry,
        in Occurrence occurrence,
        in PreviousState previous = default,
        string? oldPath = null,
        uint hardLinks = 0,
        string? linkTarget = null,
        FileWriters writers = FileWriters.Unknown,
        string? detail = null) => new()
        {
            Kind = kind,
            Origin = occurrence.Origin,
            ItemType = entry.Type,
            Monitor = monitor,
            Root = snapshot.Root.Path,
            RelativePath = snapshot.Root.ToHost(path),
            OldRelativePath = oldPath,
            Writers = entry.Type == ItemType.File && kind != AuditEventKind.Deleted ? writers : null,
            Size = entry.Type == ItemType.File ? entry.Size : null,
            PreviousSize = previous.Size,
            Checksum = entry.Digest,
            PreviousChecksum = previous.Digest,
            ReplacedChecksum = previous.Replaced,
            ChecksumStatus = entry.Type == ItemType.File ? entry.ChecksumStatus : ChecksumStatus.NotApplicable,
            LastWriteTicks = entry.LastWriteTicks,
            Identity = entry.Identity,
            Mode = entry.Mode,
            Owner = entry.OwnerId,
            Group = entry.GroupId,
            HardLinks = hardLinks,
            LinkTarget = linkTarget,
            OccurredAt = occurrence.LastAt,
            FirstOccurredAt = occurrence.FirstAt,
            SettledAt = occurrence.SettledAt,
            Actor = occurrence.Actor,
            HasOtherActors = occurrence.HasOtherActors,
            Hints = occurrence.Hints,
            Detail = detail,
        };

    /// <summary>An event about a file that was deleted before the monitor could examine it: only its name is known.</summary>
    public AuditEvent Transient(AuditEventKind kind, Snapshot snapshot, string path, in Occurrence occurrence) => new()
    {
        Kind = kind,
        Origin = occurrence.Origin,
        Monitor = monitor,
        Root = snapshot.Root.Path,
        RelativePath = snapshot.Root.ToHost(path),
        ChecksumStatus = ChecksumStatus.Vanished,
        OccurredAt = occurrence.LastAt,
        FirstOccurredAt = occurrence.FirstAt,
        SettledAt = occurrence.SettledAt,
        Actor = occurrence.Actor,
        HasOtherActors = occurrence.HasOtherActors,
        Hints = occurrence.Hints,
    };

    /// <summary>A gap without a number. The root is empty when the gap concerns the whole monitor.</summary>
    public AuditEvent Gap(GapPhase phase, GapCause cause, string root, string directory, long? lost, string detail, DateTimeOffset now) => new()
    {
        Kind = AuditEventKind.Gap,
        Monitor = monitor,
        Root = root,
        RelativePath = directory,
        ChecksumStatus = ChecksumStatus.NotApplicable,
        Gap = new() { Phase = phase, Cause = cause, Lost = lost },
        Detail = detail,
        OccurredAt = now,
        FirstOccurredAt = now,
        SettledAt = now,
    };

    /// <summary>A gap is opened. The stream sets <c>FirstSequence</c> to the sequence number of this event.</summary>
    public AuditEvent Opened(Gap gap) => Of(gap, GapPhase.Opened, found: null, gap.Detail, gap.Since);

    /// <summary>A gap is closed: everything that was missing was reported before this event.</summary>
    public AuditEvent Closed(Gap gap, long found, DateTimeOffset now) => Of(
        gap,
        GapPhase.Closed,
        found,
        gap.Root.IsRemoved ? "The root was removed from the monitor; what changed meanwhile was not compared."
        : found == 0 ? "Compared with the disk: nothing was missing." : $"Compared with the disk: {found} changes were found and are reported.",
        now);

    /// <summary>A root is lost, or restored.</summary>
    public AuditEvent Root(AuditEventKind kind, MonitoredRoot root, string detail, DateTimeOffset now) => new()
    {
        Kind = kind,
        ItemType = ItemType.Directory,
        Monitor = monitor,
        Root = root.Path,
        ChecksumStatus = ChecksumStatus.NotApplicable,
        Detail = detail,
        OccurredAt = now,
        FirstOccurredAt = now,
        SettledAt = now,
    };

    private AuditEvent Of(Gap gap, GapPhase phase, long? found, string detail, DateTimeOffset now) => new()
    {
        Kind = AuditEventKind.Gap,
        Monitor = monitor,
        Root = gap.Root.Path,
        RelativePath = gap.Directory,
        ChecksumStatus = ChecksumStatus.NotApplicable,
        Gap = new()
        {
            Phase = phase,
            Number = gap.Number,
            Cause = gap.Cause,
            Opening = gap.Opening,
            Found = found,
            Lost = gap.Lost == 0 ? null : gap.Lost,
        },
        Detail = detail,
        OccurredAt = now,
        FirstOccurredAt = gap.Since,
        SettledAt = now,
    };
}

/// <summary>What was known of an item before a change.</summary>
internal readonly record struct PreviousState(long? Size, Sha256Digest? Digest, Sha256Digest? Replaced)
{
    public static PreviousState Of(SnapshotEntry entry) => new(entry.Type == ItemType.File ? entry.Size : null, entry.Digest, null);
}
