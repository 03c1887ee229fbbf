using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// What is known of a file's content, and what a checksum that comes back means. Also for files that were there at start. Owner: the pump.
/// </summary>
internal sealed class ContentReader(SettleContext context, FilesBeingRead reading, ItemChanges items, ReadRetries retries, UnreadFiles unread, HintIntake intake)
{
    /// <summary>Files that the stop's deadline left without a checksum.</summary>
    public int Abandoned { get; private set; }

    /// <summary>A file was read, or could not be: this is what is reported, in the order of the hints (G4).</summary>
    /// <returns>The change that is told by it; null when there is none, or it is settled again.</returns>
    public PendingChange? Apply(HashWork work, HashResult result)
    {
        reading.Remove(work);
        var (snapshot, entry, change) = (work.Snapshot, work.Entry, work.Pending);
        if (entry.IsDetached)
        {
            return change;
        }

        var path = Snapshot.PathOf(entry);
        if (path != work.Path && !IsAbout(result, snapshot, path))
        {
            // It was renamed before it could be opened, and another file may have its old name: it is read under its new one.
            reading.StartWork(snapshot, change, entry, path, entry.Identity, work.Size, work.SettledAt, work.Parked);
            work.Parked = null;
            return null;
        }

        if (change is { WasMistaken: false } && !work.Expected.MayEqual(result.File.Identity))
        {
            change.WasMistaken = true;

            // Another file took the name before it was opened. If a hint says where the one went that was meant, it has come by now.
            intake.Absorb();
            LookAgain(work);
            return null;
        }

        if (result.Status is ChecksumStatus.Vanished or ChecksumStatus.NotApplicable)
        {
            LookAgain(work);
            return null;
        }

        if (change is null)
        {
            ApplyBaseline(snapshot, entry, path, result);
            return null;
        }

        ApplyContent(snapshot, entry, path, change, result, work.SettledAt);
        return change;
    }

    /// <summary>Takes what was hinted about the file while it was read.</summary>
    public static PendingChange? TakeParked(HashWork work)
    {
        var parked = work.Parked;
        if (parked is not null && !work.Entry.IsDetached)
        {
            parked.Readdress(Snapshot.PathOf(work.Entry));
        }

        return parked;
    }

    /// <summary>A reading is over and what followed from it is settled. A checksum that was promised may still be owed: its root was lost, or there was a defect.</summary>
    public void RetryOwed(HashWork work)
    {
        if (work.Entry is { IsDetached: false, ChecksumStatus: ChecksumStatus.Pending } && !reading.Has(work.Entry))
        {
            retries.RetryLater(work.Snapshot, work.Entry, ChecksumStatus.Pending);
        }
    }

    private bool IsAbout(in HashResult result, Snapshot snapshot, string path) =>
        result.Status == ChecksumStatus.Abandoned
        || context.Looks.GetStatus(snapshot.Root.PhysicalPath, path).Identity.IsSame(result.File.Identity);

    private void ApplyContent(
        Snapshot snapshot, SnapshotEntry entry, string path, PendingChange change, HashResult result, DateTimeOffset settledAt)
    {
        Abandoned += result.Status == ChecksumStatus.Abandoned ? 1 : 0;
        var status = result.File;
        if (!status.IsFound)
        {
            // Not opened: what is reported is the state that made us look.
            status = context.Looks.GetStatus(snapshot.Root.PhysicalPath, path);
            if (!status.IsFound)
            {
                status = entry.ToStatus();
            }
        }

        var hadSameAttributes = entry.HasSameAttributes(status);
        if (Judge(entry, change, result, status, hadSameAttributes) is not { } kind)
        {
            // What is known of the content is what was read; a checksum that was not known is never learnt without an event (guarantee G1).
            retries.RetryLater(snapshot, entry, result.Status);
            items.UpdateAttributes(snapshot, path, entry, status, hadSameAttributes, change, settledAt);
            return;
        }

        items.FlushBaseline(snapshot, entry, path);
        var previous = entry.IsAnnounced ? PreviousState.Of(entry) with { Digest = change.Doubted ?? entry.Digest } : default;
        items.TellContent(kind, snapshot, path, entry, change, status, settledAt, previous, result);
        retries.RetryLater(snapshot, entry, result.Status);
    }

    /// <summary>The file was gone, or had become something else, when it was to be opened: judged anew by what is there.</summary>
    private void LookAgain(HashWork work)
    {
        if (work.Pending is not { } change)
        {
            // A hint about it, or about a directory above, is on its way: what was there at start is said without checksum.
            items.FlushBaseline(work.Snapshot, work.Entry, Snapshot.PathOf(work.Entry));
            unread.Note(work.Snapshot, work.Entry, Snapshot.PathOf(work.Entry));
            return;
        }

        change.Readdress(Snapshot.PathOf(work.Entry));
        change.WasToldPending = false;
        if (!work.Entry.IsAnnounced)
        {
            items.Forget(work.Snapshot, work.Entry, change.Path);
        }

        if (work.Parked is { } parked)
        {
            parked.Readdress(change.Path);
            change.Absorb(parked);
            change.LookAlsoAt(change.From is null ? null : parked.From);
            change.From ??= parked.From;
            work.Parked = null;
            context.Debouncer.Recycle(parked);
        }

        // Created, so that a file that is gone now is counted as one that came and went.
        context.SettleNext(change);
    }

    /// <summary>What a reading says of a file beside what is known of it; null when that is nothing new.</summary>
    private static AuditEventKind? Judge(SnapshotEntry entry, PendingChange change, in HashResult result, in FileStatus status, bool hadSameAttributes)
    {
        if (!entry.IsAnnounced)
        {
            return AuditEventKind.Created;
        }

        var wasSame = entry.IsSameState(status);
        if (result.Status != ChecksumStatus.Computed)
        {
            // The content may be another one. Where that was left open it is said now, or it would never be.
            return change.Doubted is null && wasSame
                ? entry.ChecksumStatus == result.Status ? null : OwesChecksum(entry.ChecksumStatus) ? AuditEventKind.ChecksumUpdated : AuditEventKind.Modified
                : AuditEventKind.Modified;
        }

        if ((change.Doubted ?? entry.Digest) is { } known)
        {
            return !known.Equals(result.Digest) ? AuditEventKind.Modified : change.Doubted is null ? null : AuditEventKind.ChecksumUpdated;
        }

        // That it was written was said when there was no checksum yet: this is the checksum, and no second change. Where it was not known, and
        // a change of mode or owner explains the hint or nothing says that it was written, nobody can tell whether it is another one.
        return wasSame && (OwesChecksum(entry.ChecksumStatus) || !hadSameAttributes || (change.Kinds & PendingHints.Content) == 0)
            ? AuditEventKind.ChecksumUpdated
            : AuditEventKind.Modified;
    }

    /// <summary>Whether an event said why there is no checksum, though the file is one that gets one.</summary>
    private static bool OwesChecksum(ChecksumStatus status) => status
        is ChecksumStatus.Pending or ChecksumStatus.TimedOut or ChecksumStatus.Unstable or ChecksumStatus.Locked or ChecksumStatus.Unreadable;

    /// <summary>Says that an item was there at start, with its checksum when that was asked for.</summary>
    public void ReportBaseline(Snapshot snapshot, SnapshotEntry entry)
    {
        if (entry.IsDetached || reading.Has(entry))
        {
            // Gone, which was said already, or being read for a change, before which the baseline is said.
            return;
        }

        if (context.Rules.BaselineChecksums && entry.Type == ItemType.File && entry.Size <= context.Rules.MaxFileBytes && entry.ChecksumStatus == ChecksumStatus.NotComputed)
        {
            reading.StartWork(snapshot, change: null, entry, Snapshot.PathOf(entry), entry.Identity, entry.Size, context.Time.GetUtcNow());
            return;
        }

        if (!context.Rules.ReportBaseline)
        {
            items.NoteWhyNotRead(snapshot, entry, Snapshot.PathOf(entry));
        }

        items.FlushBaseline(snapshot, entry, Snapshot.PathOf(entry));
    }

    private void ApplyBaseline(Snapshot snapshot, SnapshotEntry entry, string path, HashResult result)
    {
        // Only a checksum of the state that was found at start belongs to the baseline; a file that changed since has a hint on its way.
        var isLearnt = result.Status != ChecksumStatus.Computed || (entry.IsSameState(result.File) && entry.HasSameChangeTime(result.File));
        if (isLearnt)
        {
            snapshot.Apply(TreeDelta.Update(path) with { Checksum = result.Status, Digest = result.Digest }, entry);
        }
        else if (!entry.Identity.MayEqual(result.File.Identity))
        {
            unread.Note(snapshot, entry, path);
        }

        if (isLearnt && context.Rules.ReportBaseline && !entry.IsBaselineDue)
        {
            // It had to be said before it was read, because something happened to it: the checksum follows.
            var occurrence = Occurrence.Now(AuditEventOrigin.Baseline, context.Time.GetUtcNow());
            context.Outbox.Add(context.Events.Item(AuditEventKind.ChecksumUpdated, snapshot, path, entry, occurrence, detail: result.Detail));
        }

        items.FlushBaseline(snapshot, entry, path);
    }

    /// <summary>A file that was there at start and is large enough to keep others waiting is read after them.</summary>
    public bool IsSlowBaseline(SnapshotEntry entry) =>
        context.Rules.BaselineChecksums && entry.Type == ItemType.File && entry.Size is > ContentRead.SliceBytes && entry.Size <= context.Rules.MaxFileBytes;
}
