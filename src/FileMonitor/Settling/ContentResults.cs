using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Interprets the results of reading files: decides whether the content changed and emits the event. Also for files of the baseline. Owner: the
/// pump.
/// </summary>
internal sealed class ContentResults(SettleContext context, FilesBeingRead reading, ItemChanges items, ReadRetries retries, UnreadFiles unread, HintIntake intake, HeldFiles held)
{
    /// <summary>Files that the stop's deadline left without a checksum.</summary>
    public int Abandoned { get; private set; }

    /// <summary>Applies the result of reading a file. Results are reported in the order of the hints (G4).</summary>
    /// <returns>The change that is settled by the result; null when there is none, or when it has to be settled again.</returns>
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
            // Renamed before it was opened; another file may have the old name. Read it under the new name.
            reading.StartWork(snapshot, change, entry, path, entry.Identity, work.Size, work.SettledAt, work.Parked);
            work.Parked = null;
            return null;
        }

        if (change is { FoundAnotherFile: false } && !work.Expected.MayEqual(result.File.Identity))
        {
            change.FoundAnotherFile = true;

            // Another file took the name before the worker opened it. The hint that says where the expected file went has arrived by now: take
            // it in first.
            intake.Absorb();
            LookAgain(work);
            return null;
        }

        if (result.Status is ChecksumStatus.Vanished or ChecksumStatus.NotApplicable)
        {
            LookAgain(work);
            return null;
        }

        if (change is not null && held.MustHoldAfterRead(snapshot, change, result.Writers))
        {
            LookAgain(work);
            return null;
        }

        if (change is null)
        {
            ApplyBaseline(snapshot, entry, path, result);
            return null;
        }

        // What the parked hints are about may have been read already.
        change.Actors.NoteOther(work.Parked?.Actors.Latest);
        ApplyContent(snapshot, entry, path, change, result, work.SettledAt);
        return change;
    }

    /// <summary>The change that was parked while the file was read; null when there was none.</summary>
    public static PendingChange? TakeParked(HashWork work)
    {
        var parked = work.Parked;
        if (parked is not null && !work.Entry.IsDetached)
        {
            parked.Readdress(Snapshot.PathOf(work.Entry));
        }

        return parked;
    }

    /// <summary>
    /// Schedules another read when an event promised a checksum and the result did not bring it, because the root was lost or the result hit a
    /// defect.
    /// </summary>
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
        change.Writers = result.Status == ChecksumStatus.Computed ? result.Writers : context.AskWriters(snapshot, path);
        var status = result.File;
        if (!status.IsFound)
        {
            // The worker did not open the file. Report the state that the disk shows now, or else the one that is known.
            status = context.Looks.GetStatus(snapshot.Root.PhysicalPath, path);
            if (!status.IsFound)
            {
                status = entry.ToStatus();
            }
        }

        status = context.WithExtended(snapshot, path, status, entry.IsAnnounced ? entry : null);
        var hadSameAttributes = entry.HasSameAttributes(status);
        if (Judge(entry, change, result, status, hadSameAttributes) is not { } kind)
        {
            // The content is as known. A checksum that was not known before always comes with an event (G1), so there is none to store here.
            retries.RetryLater(snapshot, entry, entry.ChecksumStatus == result.Status ? result.Status : entry.ChecksumStatus);
            items.UpdateAttributes(snapshot, path, entry, status, change, settledAt);
            if (entry.IsToldOpen && change.Writers == FileWriters.None && result.Status == ChecksumStatus.Computed)
            {
                items.EmitComplete(snapshot, path, entry, change, status, settledAt);
            }

            return;
        }

        items.FlushBaseline(snapshot, entry, path);
        var previous = entry.IsAnnounced ? PreviousState.Of(entry) with { Digest = change.DoubtedDigest ?? entry.Digest } : default;
        items.EmitContent(kind, snapshot, path, entry, change, status, settledAt, previous with { TextDiff = result.DiffFrom(previous.Digest) }, result);
        retries.RetryLater(snapshot, entry, result.Status);
    }

    /// <summary>The file was missing, or was another item, when the worker opened it: settles its change again.</summary>
    private void LookAgain(HashWork work)
    {
        if (work.Pending is not { } change)
        {
            // A hint about the file, or about a directory above, is on its way. Report the baseline item without a checksum.
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

        context.SettleNext(change);
    }

    /// <summary>Compares the result with what is known. The kind of event; null when nothing is new.</summary>
    private static AuditEventKind? Judge(SnapshotEntry entry, PendingChange change, in HashResult result, in FileStatus status, bool hadSameAttributes)
    {
        if (!entry.IsAnnounced)
        {
            return AuditEventKind.Created;
        }

        var wasSame = entry.IsSameState(status);
        if (result.Status != ChecksumStatus.Computed)
        {
            // The content may have changed. When an earlier Pending event left that open, it is reported as Modified now.
            return change.DoubtedDigest is not null || !wasSame ? AuditEventKind.Modified
                : entry.ChecksumStatus == result.Status ? null
                : LacksChecksum(entry) ? AuditEventKind.ChecksumUpdated
                : IsOnlyClosedToUs(change, result, hadSameAttributes) ? null
                : AuditEventKind.Modified;
        }

        if ((change.DoubtedDigest ?? entry.Digest) is { } known)
        {
            return !known.Equals(result.Digest) ? AuditEventKind.Modified : change.DoubtedDigest is null ? null : AuditEventKind.ChecksumUpdated;
        }

        // An earlier event reported the write without a checksum: this event only adds the checksum. The same holds when no checksum was known
        // and either a change of mode or owner explains the hint, or no hint says that the file was written: nobody can tell whether the content
        // changed.
        return wasSame && (LacksChecksum(entry) || !hadSameAttributes || (change.Kinds & PendingHints.Content) == 0)
            ? AuditEventKind.ChecksumUpdated
            : AuditEventKind.Modified;
    }

    /// <summary>
    /// Whether a file cannot be read any more, and nothing says that it was written: a chmod, by somebody who may, of a file that the monitor's user then may not read. What
    /// is known of its content stays known.
    /// </summary>
    private static bool IsOnlyClosedToUs(PendingChange change, in HashResult result, bool hadSameAttributes) =>
        result.Status is ChecksumStatus.Unreadable or ChecksumStatus.Locked && (!hadSameAttributes || (change.Kinds & PendingHints.Content) == 0);

    /// <summary>Whether the latest event was without the checksum that was asked for: the next one only adds it.</summary>
    private static bool LacksChecksum(SnapshotEntry entry) => entry.OwesChecksum || entry.ChecksumStatus == ChecksumStatus.TimedOut;

    /// <summary>Reports an item of the baseline, with its checksum when the options ask for it.</summary>
    public void ReportBaseline(Snapshot snapshot, SnapshotEntry entry)
    {
        if (entry.IsDetached || reading.Has(entry))
        {
            // Deleted, which was reported, or being read for a change, which reports the baseline item first.
            return;
        }

        var isHashed = snapshot.Root.Settings.HashesBaseline && entry.Type == ItemType.File && entry.Size <= snapshot.Root.Settings.MaxFileBytes && entry.ChecksumStatus == ChecksumStatus.NotComputed;
        if (isHashed || IsTextWanted(snapshot, entry))
        {
            reading.StartWork(snapshot, change: null, entry, Snapshot.PathOf(entry), entry.Identity, entry.Size, context.Time.GetUtcNow());
            return;
        }

        if (!snapshot.Root.Settings.ReportBaseline)
        {
            ItemChanges.NoteWhyNotRead(snapshot, entry, Snapshot.PathOf(entry));
        }

        items.FlushBaseline(snapshot, entry, Snapshot.PathOf(entry));
    }

    /// <summary>Whether a file of the baseline is read for its text, also when its checksum is known from an earlier run.</summary>
    public bool IsTextWanted(Snapshot snapshot, SnapshotEntry entry) =>
        context.Texts is { } texts
        && entry is { Type: ItemType.File, IsAnnounced: true }
        && snapshot.Root.Settings.Checksums
        && entry.Size <= snapshot.Root.Settings.MaxFileBytes
        && texts.Wants(Snapshot.PathOf(entry), entry.Size);

    private void ApplyBaseline(Snapshot snapshot, SnapshotEntry entry, string path, HashResult result)
    {
        // Only a checksum of the state at start belongs to the baseline. For a file that changed since, a hint is on its way.
        var isLearnt = result.Status != ChecksumStatus.Computed || (entry.IsSameState(result.File) && entry.HasSameChangeTime(result.File));
        if (entry.Digest is { } known)
        {
            // It was read for its text, and an earlier run knew its checksum. That stays until an event tells of another one.
            isLearnt = false;
            if (result.Status == ChecksumStatus.Computed && !known.Equals(result.Digest))
            {
                context.AddOwnHint(snapshot.Root, path, FileChangeKind.Modified, AuditEventOrigin.Reconciled, isAwaited: false, isHealing: false);
            }
        }
        else if (isLearnt)
        {
            snapshot.Apply(TreeDelta.Update(path) with { Checksum = result.Status, Digest = result.Digest }, entry);
        }
        else if (!entry.Identity.MayEqual(result.File.Identity))
        {
            unread.Note(snapshot, entry, path);
        }

        if (isLearnt && snapshot.Root.Settings.ReportBaseline && !entry.IsBaselineDue)
        {
            // The baseline item was already reported without a checksum, because something happened to it. The checksum follows now.
            var occurrence = Occurrence.Now(AuditEventOrigin.Baseline, context.Time.GetUtcNow());
            context.Outbox.Add(context.Events.Item(AuditEventKind.ChecksumUpdated, snapshot, path, entry, occurrence, detail: result.Detail));
        }

        items.FlushBaseline(snapshot, entry, path);
    }

    /// <summary>Whether a file of the baseline is large, and so is read after the others.</summary>
    public static bool IsSlowBaseline(Snapshot snapshot, SnapshotEntry entry) =>
        snapshot.Root.Settings.HashesBaseline && entry.Type == ItemType.File && entry.Size is > ContentRead.SliceBytes && entry.Size <= snapshot.Root.Settings.MaxFileBytes;
}
