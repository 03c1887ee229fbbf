using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Changes one item of the snapshot and emits the event together, so that no change is without its event and no event without its change. Owner: the pump.
/// </summary>
internal sealed class ItemChanges(SettleContext context, Coverage coverage, ReadRetries retries, StreamRoom room, GoneNames goneNames)
{
    private const string Complete = "Nobody has the file open for writing any more.";

    public void AnnounceDirectory(Snapshot snapshot, string path, SnapshotEntry entry, Occurrence occurrence, PendingChange change)
    {
        snapshot.Apply(TreeDelta.Update(path) with { IsAnnounced = true }, entry);
        if (occurrence.Origin != AuditEventOrigin.Offline)
        {
            // It was made since the start, and so was what is in it.
            snapshot.NoteCompared(entry);
        }

        if (snapshot.Root.Enters(path))
        {
            // No source reports what was in the directory before it was watched.
            context.LookInto(snapshot, entry, DirectoryLook.Discover, change);
        }

        if (snapshot.Root.Settings.ReportDirectories)
        {
            context.Emit(change, snapshot, context.Events.Item(AuditEventKind.Created, snapshot, path, entry, occurrence));
        }

        coverage.ReportUnwatchable(snapshot, entry);
    }

    /// <summary>Takes over size, time, mode and owner. Emits AttributesChanged only when the options ask for it.</summary>
    public void UpdateAttributes(Snapshot snapshot, string path, SnapshotEntry entry, FileStatus status, PendingChange change, DateTimeOffset now)
    {
        status = context.WithExtended(snapshot, path, status, entry);
        var isReported = (entry.ChangedMetadata(status) & snapshot.Root.Settings.ReportAttributes) != 0;
        if (isReported)
        {
            FlushBaseline(snapshot, entry, path);
        }

        var previous = isReported ? PreviousState.OfMetadata(entry) : default;
        snapshot.Apply(TreeDelta.Update(path, status) with { HasTarget = status.LinkTarget is not null, Target = status.LinkTarget }, entry);
        if (isReported)
        {
            context.Emit(change, snapshot, DescribeItem(AuditEventKind.AttributesChanged, snapshot, path, entry, change, status, now, previous));
        }
    }

    /// <summary>Changes the content of a file in the snapshot and emits the event.</summary>
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
        // ChecksumUpdated does not report mode and owner: report a change of these as well.
        var owed = kind == AuditEventKind.ChecksumUpdated && (entry.ChangedMetadata(status) & snapshot.Root.Settings.ReportAttributes & ~ItemAttributes.LastWriteTime) != 0
            ? PreviousState.OfMetadata(entry)
            : default;
        snapshot.Apply(TreeDelta.Update(path, status) with { Checksum = result.Status, Digest = result.Digest, IsAnnounced = true }, entry);
        NoteTold(snapshot, path, entry, change.Writers);
        context.Emit(change, snapshot, DescribeItem(kind, snapshot, path, entry, change, status, settledAt, previous, result.Detail));
        if (owed.Status is not null)
        {
            context.Emit(change, snapshot, DescribeItem(AuditEventKind.AttributesChanged, snapshot, path, entry, change, status, settledAt, owed));
        }
    }

    /// <summary>Notes whether a file that is reported is open: it is asked until it is closed, which is reported, too. Before the event is emitted.</summary>
    public void NoteTold(Snapshot snapshot, string path, SnapshotEntry entry, FileWriters writers)
    {
        var isOpen = snapshot.Root.Settings.ReportWhen == ReportWhen.Closed && writers == FileWriters.Open;
        if (isOpen != entry.IsToldOpen)
        {
            snapshot.Apply(TreeDelta.Update(path) with { IsToldOpen = isOpen }, entry);
        }

        if (isOpen)
        {
            context.AddOwnHint(snapshot.Root, path, FileChangeKind.Modified, AuditEventOrigin.Live, isAwaited: false, isHealing: false);
        }
    }

    /// <summary>Reports another size or time of a file that is not read.</summary>
    public void EmitUnread(Snapshot snapshot, SnapshotEntry entry, PendingChange change, FileStatus status, DateTimeOffset settledAt)
    {
        var path = change.Path;
        FlushBaseline(snapshot, entry, path);
        status = context.WithExtended(snapshot, path, status, entry);
        var previous = PreviousState.Of(entry);
        snapshot.Apply(TreeDelta.Update(path, status) with { Checksum = snapshot.Root.Settings.StatusWithoutReading(status) }, entry);
        NoteTold(snapshot, path, entry, change.Writers);
        context.Emit(change, snapshot, DescribeItem(AuditEventKind.Modified, snapshot, path, entry, change, status, settledAt, previous));
    }

    /// <summary>Reports that a file is complete that was reported while it was open. Its content is as it was reported, as far as it was read.</summary>
    public void EmitComplete(Snapshot snapshot, string path, SnapshotEntry entry, PendingChange change, in FileStatus status, DateTimeOffset settledAt)
    {
        NoteTold(snapshot, path, entry, change.Writers);
        context.Emit(change, snapshot, DescribeItem(AuditEventKind.ChecksumUpdated, snapshot, path, entry, change, status, settledAt, detail: Complete));
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
            seen: status,
            writers: change.Writers,
            detail: detail);

    /// <summary>Emits a pending Baseline event before any other event of the item.</summary>
    public void FlushBaseline(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        if (entry.IsBaselineDue)
        {
            NoteWhyNotRead(snapshot, entry, path);

            // A host's view may throw here; the Baseline event stays pending then.
            var writers = entry.Type == ItemType.File ? context.AskWriters(snapshot, path) : FileWriters.Unknown;
            snapshot.Apply(TreeDelta.Update(path) with { IsBaselineDue = false }, entry);
            NoteTold(snapshot, path, entry, writers);
            if (entry.Type != ItemType.Directory || snapshot.Root.Settings.ReportDirectories)
            {
                context.Outbox.Add(context.Events.Item(
                    AuditEventKind.Baseline,
                    snapshot,
                    path,
                    entry,
                    Occurrence.Now(AuditEventOrigin.Baseline, context.Time.GetUtcNow()),
                    writers: writers));
            }
        }
    }

    /// <summary>Sets the checksum status of a file that is not read.</summary>
    public static void NoteWhyNotRead(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        if (entry.ChecksumStatus == ChecksumStatus.NotComputed && entry.ToStatus() is var known && !snapshot.Root.Settings.NeedsReading(known))
        {
            snapshot.Apply(TreeDelta.Update(path) with { Checksum = snapshot.Root.Settings.StatusWithoutReading(known) }, entry);
        }
    }

    /// <summary>Deletes an entry and everything below it: one event for each item, children before their directory.</summary>
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
        else if (entry.Type != ItemType.Directory || snapshot.Root.Settings.ReportDirectories)
        {
            context.Emit(change, snapshot, context.Events.Item(AuditEventKind.Deleted, snapshot, path, entry, occurrence));
        }
    }

    /// <summary>A file was created and deleted before it was reported: counts it, and emits events when the options ask for them.</summary>
    public void ReportTransient(Snapshot snapshot, string path, Occurrence occurrence, PendingChange? change)
    {
        change?.WasTransient = true;
        if (snapshot.Root.Settings.ReportTransients)
        {
            context.Emit(change, snapshot, context.Events.Transient(AuditEventKind.Created, snapshot, path, occurrence));
            context.Emit(change, snapshot, context.Events.Transient(AuditEventKind.Deleted, snapshot, path, occurrence with { Hints = 0 }));
        }
    }

    /// <summary>Removes an entry. Keeps its identity for a while, because the file may have other names or be open.</summary>
    private void ForgetByName(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        if (entry.Type == ItemType.File)
        {
            goneNames.Add(snapshot.Root, path, entry.Identity);
        }

        Forget(snapshot, entry, path);
    }

    /// <summary>Removes an entry that has nothing below it.</summary>
    public void Forget(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        snapshot.Apply(TreeDelta.Remove(path), entry);
        retries.Forget(entry);
    }
}
