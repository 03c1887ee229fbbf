using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Delivery;

/// <summary>
/// Builds the events of one monitor. No other class fills their fields. The stream adds id, sequence number and time of emission. Owner: the pump, for events about
/// items; the others need no state.
/// </summary>
internal sealed class AuditEventBuilder(string monitor, TimeProvider time)
{
    private readonly AccountNames _accounts = new(time);

    /// <summary>An event about an item: its state in the snapshot and, if it changed, its previous state.</summary>
    public AuditEvent Item(
        AuditEventKind kind,
        Snapshot snapshot,
        string path,
        SnapshotEntry entry,
        in Occurrence occurrence,
        in PreviousState previous = default,
        string? oldPath = null,
        in FileStatus seen = default,
        FileWriters writers = FileWriters.Unknown,
        string? detail = null)
    {
        var changes = Changes(kind, entry, previous);
        return new()
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
            Identity = entry.Identity,
            Metadata = MetadataOf(entry.ToStatus() with { HardLinkCount = seen.HardLinkCount, BirthTicks = seen.BirthTicks }),
            ChangedAttributes = changes,
            Previous = kind != AuditEventKind.ChecksumUpdated && previous.Status is { } before ? MetadataOf(before) : null,
            TextDiff = previous.TextDiff,
            OccurredAt = occurrence.LastAt,
            FirstOccurredAt = occurrence.FirstAt,
            SettledAt = occurrence.SettledAt,
            Actor = occurrence.By.Actor,
            HasOtherActors = occurrence.By.HasOthers || MayHaveOtherActors(kind, changes, occurrence.By, previous, entry, seen),
            Hints = occurrence.Hints,
            Detail = detail,
        };
    }

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
        Actor = occurrence.By.Actor,
        HasOtherActors = occurrence.By.HasOthers,
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
        : found == 0 ? "Compared with the disk: nothing was missing." : $"Compared with the disk: {CountText.Of(found, "change was found and is", "changes were found and are")} reported.",
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

    private ItemMetadata MetadataOf(in FileStatus known) => new()
    {
        Mode = known.Mode,
        Owner = known.OwnerId,
        OwnerName = _accounts.UserOf(known.OwnerId),
        Group = known.GroupId,
        GroupName = _accounts.GroupOf(known.GroupId),
        HardLinks = known.HardLinkCount,
        Flags = known.Flags == ItemFlags.None ? null : known.Flags,
        LastWriteTicks = known.LastWriteTicks,
        ChangeTicks = known.ChangeTicks,
        BirthTicks = known.BirthTicks,
        LinkTarget = known.LinkTarget,
        ExtendedAttributes = known.Extended is { } text ? new(text) : null,
    };

    private static ItemAttributes Changes(AuditEventKind kind, SnapshotEntry entry, in PreviousState previous)
    {
        if (previous.Status is not { } before || kind == AuditEventKind.ChecksumUpdated)
        {
            return ItemAttributes.None;
        }

        var isContent = kind == AuditEventKind.Modified && entry.Type == ItemType.File && (entry.Digest is not { } digest || !digest.Equals(previous.Digest));
        return (isContent ? ItemAttributes.Content : 0)
            | (previous.Size is null || previous.Size == entry.Size ? 0 : ItemAttributes.Size)
            | (before.LinkTarget == entry.LinkTarget || entry.Type != ItemType.SymbolicLink ? 0 : ItemAttributes.LinkTarget)
            | entry.ChangedMetadata(before);
    }

    /// <summary>
    /// Whether somebody of whom nothing was heard may have changed the item, too: something of it is other than before that the actor cannot have changed by what was
    /// heard of it, or it has other names, under which nothing is heard.
    /// </summary>
    private static bool MayHaveOtherActors(
        AuditEventKind kind, ItemAttributes changes, in Attribution by, in PreviousState previous, SnapshotEntry entry, in FileStatus seen)
    {
        if (by.Actor is null || by.IsOfName || kind is not (AuditEventKind.Modified or AuditEventKind.AttributesChanged or AuditEventKind.ChecksumUpdated))
        {
            return false;
        }

        // Of a file that was never read it is not known that its content changed.
        var isContentKnown = previous.Digest is not null || (changes & ItemAttributes.Size) != 0;
        var unexplained = changes & by.Unexplained & ~(isContentKnown ? ItemAttributes.None : ItemAttributes.Content);
        return unexplained != ItemAttributes.None || (entry.Type == ItemType.File && seen.HardLinkCount > 1);
    }

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
internal readonly record struct PreviousState(long? Size, Sha256Digest? Digest, Sha256Digest? Replaced, FileStatus? Status)
{
    /// <summary>What differs between the text before and the one after; null when that is not known.</summary>
    public string? TextDiff { get; init; }

    /// <summary>Before a change of its content.</summary>
    public static PreviousState Of(SnapshotEntry entry) => new(entry.Type == ItemType.File ? entry.Size : null, entry.Digest, null, entry.ToStatus());

    /// <summary>Before a change of its metadata alone.</summary>
    public static PreviousState OfMetadata(SnapshotEntry entry) => new(null, null, null, entry.ToStatus());
}
