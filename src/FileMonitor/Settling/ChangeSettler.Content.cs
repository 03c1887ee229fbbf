// Over 300 lines because it is one idea: what is known of a file's content, and what a checksum that comes back means.
using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

internal sealed partial class ChangeSettler
{
    private const int MaxRetries = 10_000;

    private readonly PriorityQueue<(Snapshot Snapshot, SnapshotEntry Entry), long> _retries = new();
    private readonly Dictionary<SnapshotEntry, (TimeSpan Delay, bool IsQueued)> _retryDelays = [];

    /// <summary>Set when the monitor stops: a file that could not be read is not tried again.</summary>
    public bool IsFlushing { get; set; }

    /// <summary>When the next file that could not be read is tried again.</summary>
    public long? NextRetry => _retries.TryPeek(out _, out var due) ? due : null;

    /// <summary>Files that the stop's deadline left without a checksum.</summary>
    public int Abandoned { get; private set; }

    public bool IsIdle => _working.Count == 0 && Array.TrueForAll(_putOff, static queue => queue.Count == 0);

    /// <summary>Whether a file is still to be read that was there at start.</summary>
    public bool IsReadingForBaseline => _working.Values.Any(static work => work.Pending is null);

    /// <summary>Files that wait to be read or are being read; an event may come of each.</summary>
    public int UnderWay => _working.Count;

    /// <summary>
    /// Hints at the files that could not be read when it was last tried and whose pause is over; when the monitor stops, at all of them
    /// once more, so that a file that is stable by then is not left without its checksum (G1).
    /// </summary>
    /// <param name="now">What is due by now is tried again.</param>
    /// <param name="all">Everything is.</param>
    /// <param name="isAwaited">Whether a flush waits for it.</param>
    public void RetryDue(long now, bool all = false, bool isAwaited = false)
    {
        while (_retries.TryPeek(out var retry, out var due) && (due <= now || IsFlushing || all))
        {
            _retries.Dequeue();
            if (retry.Snapshot.IsLost && !IsFlushing && !all)
            {
                // Nothing is said about it until its root is back.
                _retries.Enqueue(retry, now + Ticks(TimeSpan.FromSeconds(1)));
                continue;
            }

            if (!retry.Entry.IsDetached && _retryDelays.TryGetValue(retry.Entry, out var last))
            {
                _retryDelays[retry.Entry] = last with { IsQueued = false };
                AddOwnHint(retry.Snapshot.Root, Snapshot.PathOf(retry.Entry), FileChangeKind.Modified, AuditEventOrigin.Live, isAwaited, isHealing: false);
            }
        }
    }

    /// <summary>An item that was not known. A file is announced once it was read; what is done to it meanwhile waits.</summary>
    private bool Announce(Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry entry, DateTimeOffset now)
    {
        if (status.ItemType == ItemType.Directory)
        {
            AnnounceDirectory(snapshot, change.Path, entry, OccurrenceOf(change, now), change);
            return true;
        }

        if (NeedsReading(status))
        {
            StartWork(snapshot, change, entry, change.Path, status.Identity, status.Size, now);
            return false;
        }

        entry.SetChecksum(StatusWithoutReading(status));
        entry.SetTarget(TargetOf(status));
        entry.IsAnnounced = true;
        Emit(change, snapshot, DescribeItem(AuditEventKind.Created, snapshot, change.Path, entry, change, status, now));
        return true;
    }

    private bool SettleKnown(Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry entry, DateTimeOffset now)
    {
        if (_working.TryGetValue(entry, out var work))
        {
            Park(work, change);
            return false;
        }

        if (entry.Type is ItemType.SymbolicLink or ItemType.Other)
        {
            SettleSpecial(snapshot, change, status, entry, now);
            return true;
        }

        var isSame = entry.IsSameState(status);
        var hasSameAttributes = entry.HasSameAttributes(status);
        if (entry.Type == ItemType.Directory)
        {
            if (((change.Kinds & (PendingHints.Created | PendingHints.Renamed)) != 0 || !entry.Identity.MayEqual(status.Identity)) && snapshot.Root.Recursive)
            {
                // The same name was made again, or something was moved here, known or not: what is inside may be quite different.
                LookInto(snapshot, entry, DirectoryLook.Discover | DirectoryLook.Tree, change);
            }
        }
        else if (!isSame || !entry.HasSameChangeTime(status) || (change.Kinds & PendingHints.Content) != 0)
        {
            if (NeedsReading(status))
            {
                StartWork(snapshot, change, entry, change.Path, status.Identity, status.Size, now);
                return false;
            }

            if (!isSame)
            {
                FlushBaseline(snapshot, entry, change.Path);
                var previous = PreviousState.Of(entry);
                entry.SetStatus(status);
                entry.SetChecksum(StatusWithoutReading(status));
                Emit(change, snapshot, DescribeItem(AuditEventKind.Modified, snapshot, change.Path, entry, change, status, now, previous));
                return true;
            }
        }

        UpdateAttributes(snapshot, change.Path, entry, status, hasSameAttributes, change, now);
        return true;
    }

    /// <summary>A file was read, or could not be: this is what is reported, in the order of the hints (G4).</summary>
    public void Apply(HashWork work, HashResult result)
    {
        _working.Remove(work.Entry);
        try
        {
            ApplyResult(work, result);
        }
        catch (Exception defect) when (!IsGivenUp(defect))
        {
            lose(work.Pending, work.Snapshot, defect);
        }

        if (work.Parked is { } parked)
        {
            if (!work.Entry.IsDetached)
            {
                parked.Readdress(Snapshot.PathOf(work.Entry));
            }

            Settle(parked);
        }

        if (work.Entry is { IsDetached: false, ChecksumStatus: ChecksumStatus.Pending } && !_working.ContainsKey(work.Entry))
        {
            // Its root was lost, or there was a defect: what was promised is still owed.
            RetryLater(work.Snapshot, work.Entry, ChecksumStatus.Pending);
        }
    }

    private void ApplyResult(HashWork work, HashResult result)
    {
        var (snapshot, entry, change) = (work.Snapshot, work.Entry, work.Pending);
        if (entry.IsDetached)
        {
            if (change is not null)
            {
                Finish(snapshot, change);
            }

            return;
        }

        var path = Snapshot.PathOf(entry);
        if (path != work.Path && !IsAbout(result, snapshot, path))
        {
            // It was renamed before it could be opened, and another file may have its old name: it is read under its new one.
            StartWork(snapshot, change, entry, path, entry.Identity, work.Size, work.SettledAt, work.Parked);
            work.Parked = null;
            return;
        }

        if (change is { WasMistaken: false } && !work.Expected.MayEqual(result.File.Identity))
        {
            change.WasMistaken = true;

            // Another file took the name before it was opened. If a hint says where the one went that was meant, it has come by now.
            reports.Absorb();
            LookAgain(work);
            return;
        }

        if (result.Status is ChecksumStatus.Vanished or ChecksumStatus.NotApplicable)
        {
            LookAgain(work);
            return;
        }

        if (change is null)
        {
            ApplyBaseline(snapshot, entry, path, result);
            return;
        }

        ApplyContent(snapshot, entry, path, change, result, work.SettledAt);
        Finish(snapshot, change);
    }

    private bool IsAbout(in HashResult result, Snapshot snapshot, string path) =>
        result.Status == ChecksumStatus.Abandoned
        || _looks.GetStatus(snapshot.Root.PhysicalPath, path).Identity.IsSame(result.File.Identity);

    private void ApplyContent(
        Snapshot snapshot, SnapshotEntry entry, string path, PendingChange change, HashResult result, DateTimeOffset settledAt)
    {
        Abandoned += result.Status == ChecksumStatus.Abandoned ? 1 : 0;
        var status = result.File;
        if (!status.IsFound)
        {
            // Not opened: what is reported is the state that made us look.
            status = _looks.GetStatus(snapshot.Root.PhysicalPath, path);
            if (!status.IsFound)
            {
                status = StatusOf(entry);
            }
        }

        var hadSameAttributes = entry.HasSameAttributes(status);
        if (Judge(entry, change, result, status, hadSameAttributes) is not { } kind)
        {
            // What is known of the content is what was read; a checksum that was not known is never learnt without an event (guarantee G1).
            RetryLater(snapshot, entry, result.Status);
            UpdateAttributes(snapshot, path, entry, status, hadSameAttributes, change, settledAt);
            return;
        }

        FlushBaseline(snapshot, entry, path);
        var previous = entry.IsAnnounced ? PreviousState.Of(entry) with { Digest = change.Doubted ?? entry.Digest } : default;
        TellContent(kind, snapshot, path, entry, change, status, settledAt, previous, result);
        RetryLater(snapshot, entry, result.Status);
    }

    /// <summary>Changes what is known of a file's content, and says so.</summary>
    private void TellContent(
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
        var owesAttributes = rules.ReportAttributes && kind == AuditEventKind.ChecksumUpdated && !entry.HasSameAccess(status);
        entry.SetStatus(status);
        entry.SetChecksum(result.Status, result.Digest);
        entry.IsAnnounced = true;
        Emit(change, snapshot, DescribeItem(kind, snapshot, path, entry, change, status, settledAt, previous, result.Detail));
        if (owesAttributes)
        {
            Emit(change, snapshot, DescribeItem(AuditEventKind.AttributesChanged, snapshot, path, entry, change, status, settledAt));
        }
    }

    /// <summary>The file was gone, or had become something else, when it was to be opened: judged anew by what is there.</summary>
    private void LookAgain(HashWork work)
    {
        if (work.Pending is not { } change)
        {
            // A hint about it, or about a directory above, is on its way: what was there at start is said without checksum.
            FlushBaseline(work.Snapshot, work.Entry, Snapshot.PathOf(work.Entry));
            NoteUnread(work.Snapshot, work.Entry, Snapshot.PathOf(work.Entry));
            return;
        }

        change.Readdress(Snapshot.PathOf(work.Entry));
        change.WasToldPending = false;
        if (!work.Entry.IsAnnounced)
        {
            Forget(work.Snapshot, work.Entry);
        }

        if (work.Parked is { } parked)
        {
            parked.Readdress(change.Path);
            change.Absorb(parked);
            change.LookAlsoAt(change.From is null ? null : parked.From);
            change.From ??= parked.From;
            work.Parked = null;
            debouncer.Recycle(parked);
        }

        // Created, so that a file that is gone now is counted as one that came and went.
        Settle(change);
    }

    private void StartWork(
        Snapshot snapshot, PendingChange? change, SnapshotEntry entry, string path, FileIdentity expected, long size, DateTimeOffset settledAt, PendingChange? parked = null)
    {
        var work = new HashWork(entry, snapshot, path, change, expected, settledAt) { Parked = parked, Size = size, StartedAt = time.GetTimestamp() };
        _working.Add(entry, work);
        gate.Enqueue(work);
        Expect(work);
    }

    private void Park(HashWork work, PendingChange change)
    {
        if (work.Parked is not { } parked)
        {
            work.Parked = change;
            return;
        }

        parked.Readdress(change.Path);
        parked.Absorb(change);
        parked.LookAlsoAt(change.From);
        debouncer.Recycle(change);
    }

    /// <summary>Size, time, mode and owner as they are now; reported only when asked for.</summary>
    private void UpdateAttributes(
        Snapshot snapshot, string path, SnapshotEntry entry, FileStatus status, bool hasSameAttributes, PendingChange change, DateTimeOffset now)
    {
        if (hasSameAttributes || !rules.ReportAttributes)
        {
            entry.SetStatus(status);
        }
        else
        {
            FlushBaseline(snapshot, entry, path);
            entry.SetStatus(status);
            Emit(change, snapshot, DescribeItem(AuditEventKind.AttributesChanged, snapshot, path, entry, change, status, now));
        }
    }

    private void RetryLater(Snapshot snapshot, SnapshotEntry entry, ChecksumStatus status)
    {
        if (status is not (ChecksumStatus.Unstable or ChecksumStatus.Locked or ChecksumStatus.Unreadable or ChecksumStatus.Pending) || IsFlushing)
        {
            _retryDelays.Remove(entry);
            return;
        }

        // Doubles up to a minute: the file is reported as it is; the checksum follows once it can be had.
        var isKnown = _retryDelays.TryGetValue(entry, out var last);
        var delay = isKnown ? TimeSpan.FromTicks(Math.Min(last.Delay.Ticks * 2, TimeSpan.TicksPerMinute)) : TimeSpan.FromMilliseconds(500);
        if (!last.IsQueued && _retries.Count < MaxRetries)
        {
            _retryDelays[entry] = (delay, IsQueued: true);
            _retries.Enqueue((snapshot, entry), time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency));
        }
    }

    private bool NeedsReading(in FileStatus status) => rules.Checksums && status.ItemType == ItemType.File && status.Size <= rules.MaxFileBytes;

    private ChecksumStatus StatusWithoutReading(in FileStatus status) =>
        status.ItemType != ItemType.File ? ChecksumStatus.NotApplicable
        : rules.Checksums ? ChecksumStatus.TooLarge
        : ChecksumStatus.Disabled;

    private AuditEvent DescribeItem(
        AuditEventKind kind,
        Snapshot snapshot,
        string path,
        SnapshotEntry entry,
        PendingChange change,
        in FileStatus status,
        DateTimeOffset settledAt,
        in PreviousState previous = default,
        string? detail = null) =>
        events.Item(
            kind,
            snapshot,
            path,
            entry,
            OccurrenceOf(change, settledAt),
            previous,
            hardLinks: status.HardLinkCount,
            linkTarget: status.LinkTarget,
            detail: detail);

    private static FileStatus StatusOf(SnapshotEntry entry) => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = entry.Type,
        Size = entry.Size,
        LastWriteTicks = entry.LastWriteTicks,
        Device = entry.Identity.Device,
        FileNumber = entry.Identity.Number,
        Mode = entry.Mode,
        OwnerId = entry.OwnerId,
        GroupId = entry.GroupId,
    };
}
