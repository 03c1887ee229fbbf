using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Changes what is known of one item and tells it, in one: no change of the snapshot is without its event, and no event without its change.
/// Owner: the pump.
/// </summary>
internal sealed class ItemChanges(SettleContext context, Coverage coverage, ReadRetries retries, StreamRoom room, GoneNames goneNames)
{
    public void AnnounceDirectory(Snapshot snapshot, string path, SnapshotEntry entry, Occurrence occurrence, PendingChange change)
    {
        snapshot.Apply(TreeDelta.Update(path) with { IsAnnounced = true }, entry);
        if (snapshot.Root.Recursive)
        {
            // No source names what was in it before it was watched.
            context.LookInto(snapshot, entry, DirectoryLook.Discover, change);
        }

        if (context.Rules.ReportDirectories)
        {
            context.Emit(change, snapshot, context.Events.Item(AuditEventKind.Created, snapshot, path, entry, occurrence));
        }

        coverage.ReportUnwatchable(snapshot, entry);
    }

    /// <summary>Size, time, mode and owner as they are now; reported only when asked for.</summary>
    public void UpdateAttributes(
        Snapshot snapshot, string path, SnapshotEntry entry, FileStatus status, bool hasSameAttributes, PendingChange change, DateTimeOffset now)
    {
        if (hasSameAttributes || !context.Rules.ReportAttributes)
        {
            snapshot.Apply(TreeDelta.Update(path, status), entry);
        }
        else
        {
            FlushBaseline(snapshot, entry, path);
            snapshot.Apply(TreeDelta.Update(path, status), entry);
            context.Emit(change, snapshot, DescribeItem(AuditEventKind.AttributesChanged, snapshot, path, entry, change, status, now));
        }
    }

    /// <summary>Changes what is known of a file's content, and says so.</summary>
    public void EmitContent(
        AuditEventKind kind,
        Snapshot snapshot,
        string path,
        SnapshotEntry entry,
        PendingChange change,
        FileStatus status,
        DateTimeOffset settledAt,
        PreviousState previous,
        HashResult result)
    {
        // One that says only what its checksum is leaves these open.
        var owesAttributes = context.Rules.ReportAttributes && kind == AuditEventKind.ChecksumUpdated && !entry.HasSameAccess(status);
        snapshot.Apply(TreeDelta.Update(path, status) with { Checksum = result.Status, Digest = result.Digest, IsAnnounced = true }, entry);
        context.Emit(change, snapshot, DescribeItem(kind, snapshot, path, entry, change, status, settledAt, previous, result.Detail));
        if (owesAttributes)
        {
            context.Emit(change, snapshot, DescribeItem(AuditEventKind.AttributesChanged, snapshot, path, entry, change, status, settledAt));
        }
    }

    public AuditEvent DescribeItem(
        AuditEventKind kind,
        Snapshot snapshot,
        string path,
        SnapshotEntry entry,
        PendingChange change,
        in FileStatus status,
        DateTimeOffset settledAt,
        in PreviousState previous = default,
        string? detail = null) =>
        context.Events.Item(
            kind,
            snapshot,
            path,
            entry,
            context.OccurrenceOf(change, settledAt),
            previous,
            hardLinks: status.HardLinkCount,
            linkTarget: status.LinkTarget,
            detail: detail);

    /// <summary>Says what was there at start before anything else is said about it.</summary>
    public void FlushBaseline(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        if (entry.IsBaselineDue)
        {
            NoteWhyNotRead(snapshot, entry, path);

            // A host's view may throw: then it is due still.
            var target = TargetAsKnown(snapshot, path, entry);
            snapshot.Apply(TreeDelta.Update(path) with { IsBaselineDue = false }, entry);
            if (entry.Type != ItemType.Directory || context.Rules.ReportDirectories)
            {
                context.Outbox.Add(context.Events.Item(
                    AuditEventKind.Baseline,
                    snapshot,
                    path,
                    entry,
                    Occurrence.Now(AuditEventOrigin.Baseline, context.Time.GetUtcNow()),
                    linkTarget: target));
            }
        }
    }

    /// <summary>A file that is not read: notes why.</summary>
    public void NoteWhyNotRead(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        if (entry.ChecksumStatus == ChecksumStatus.NotComputed && entry.ToStatus() is var known && !context.Rules.NeedsReading(known))
        {
            snapshot.Apply(TreeDelta.Update(path) with { Checksum = context.Rules.StatusWithoutReading(known) }, entry);
        }
    }

    /// <summary>Where a link points, unless it is another one by now.</summary>
    private string? TargetAsKnown(Snapshot snapshot, string path, SnapshotEntry entry) =>
        entry.Type == ItemType.SymbolicLink
        && context.Files.GetLinkTarget(snapshot.Root.PhysicalPath, path, out var link) is { } target
        && entry.IsSameState(link) ? target : null;

    /// <summary>Everything known at and below an entry is gone: one event each, children before their directory.</summary>
    public void DeleteTree(Snapshot snapshot, SnapshotEntry top, string path, Occurrence occurrence, PendingChange? change)
    {
        foreach (var entry in Snapshot.ChildrenFirst(top))
        {
            var itemPath = entry == top ? path : Snapshot.PathOf(entry);
            DeleteOne(snapshot, entry, itemPath, entry == top ? occurrence : occurrence.WithoutActor with { Hints = 0 }, change);
            if (context.Outbox.HasMany)
            {
                room.MakeRoom();
            }
        }
    }

    public void DeleteOne(Snapshot snapshot, SnapshotEntry entry, string path, Occurrence occurrence, PendingChange? change)
    {
        FlushBaseline(snapshot, entry, path);
        ForgetByName(snapshot, entry, path);
        if (!entry.IsAnnounced)
        {
            ReportTransient(snapshot, path, occurrence, change);
        }
        else if (entry.Type != ItemType.Directory || context.Rules.ReportDirectories)
        {
            context.Emit(change, snapshot, context.Events.Item(AuditEventKind.Deleted, snapshot, path, entry, occurrence));
        }
    }

    /// <summary>A file came and went before anyone heard of it: counted, and reported when that was asked for.</summary>
    public void ReportTransient(Snapshot snapshot, string path, Occurrence occurrence, PendingChange? change)
    {
        change?.WasTransient = true;
        if (context.Rules.ReportTransients)
        {
            context.Emit(change, snapshot, context.Events.Transient(AuditEventKind.Created, snapshot, path, occurrence));
            context.Emit(change, snapshot, context.Events.Transient(AuditEventKind.Deleted, snapshot, path, occurrence with { Hints = 0 }));
        }
    }

    /// <summary>The entry goes; which file it was is remembered, for a file may have other names, and be open.</summary>
    private void ForgetByName(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        if (entry.Type == ItemType.File)
        {
            goneNames.Add(snapshot.Root, path, entry.Identity);
        }

        Forget(snapshot, entry, path);
    }

    /// <summary>An entry goes that has nothing below it.</summary>
    public void Forget(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        snapshot.Apply(TreeDelta.Remove(path), entry);
        retries.Forget(entry);
    }

    /// <summary>The digest of where a link points; null for what is no link.</summary>
    public static Sha256Digest? TargetOf(in FileStatus status) => status.LinkTarget is { } target ? Sha256Digest.OfText(target) : null;
}
