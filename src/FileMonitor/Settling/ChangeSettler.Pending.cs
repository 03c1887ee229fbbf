using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

// What is told of files that are not read in time, what their checksum means when it comes, and what a flush leaves open.
internal sealed partial class ChangeSettler
{
    private const int MaxNamed = 100;

    // One that waits for the first look is small, and small ones go first: it waits because many do, and twice as many events would not help.
    // Longer than this it waits because nothing is read any more.
    private const int SmallPatience = 4;

    private long _overdueAt = long.MaxValue;
    private long _lookedForOverdue = long.MinValue;

    /// <summary>When to look for files that are not read in time; null when none is in work.</summary>
    public long? NextOverdue => _working.Count == 0 || _overdueAt == long.MaxValue ? null : _overdueAt;

    /// <summary>
    /// Tells what is known of the files that are not read within the maximum delay of their first hint: that they are there, or were written,
    /// openly without a checksum, which follows.
    /// </summary>
    public void TellOverdue(long now)
    {
        if (now < _overdueAt)
        {
            return;
        }

        (_overdueAt, _lookedForOverdue) = (long.MaxValue, now);
        var overdue = new List<HashWork>();
        foreach (var work in _working.Values)
        {
            if (work.Pending is not { WasToldPending: false } change || work.Entry.IsDetached)
            {
                continue;
            }

            if (DueOf(work, change, work.TakesLong) is var due && due <= now)
            {
                overdue.Add(work);
            }
            else
            {
                LookForOverdueAt(due);
            }
        }

        foreach (var work in overdue)
        {
            TellPending(work);
        }
    }

    /// <summary>A flush is over before everything was read that it waits for: tells what is known of it.</summary>
    /// <returns>What was not reached, in words: at most a hundred files by name.</returns>
    public IReadOnlyList<string> TellUnreached()
    {
        var unread = _working.Values.Where(static work => !work.Entry.IsDetached && work.Pending is null or { Awaited: > 0 }).ToList();
        var named = new List<string>();
        foreach (var work in unread)
        {
            if (named.Count < MaxNamed)
            {
                named.Add($"'{PathText.Absolute(work.Snapshot.Root.Path, Snapshot.PathOf(work.Entry))}' is still being read.");
            }

            TellPending(work);
        }

        if (unread.Count > named.Count)
        {
            named.Add(FormattableString.Invariant($"{unread.Count - named.Count:N0} more files are still being read."));
        }

        return named;
    }

    /// <summary>Hints that a flush waits for and that wait for a file to be read.</summary>
    public long AwaitedInWork => _working.Values.Sum(static work => (work.Pending?.Awaited ?? 0L) + (work.Parked?.Awaited ?? 0L));

    /// <summary>A file that was there at start and is large enough to keep others waiting is read after them.</summary>
    public bool IsSlowBaseline(SnapshotEntry entry) =>
        rules.BaselineChecksums && entry.Type == ItemType.File && entry.Size is > ContentRead.SliceBytes && entry.Size <= rules.MaxFileBytes;

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

    private void Expect(HashWork work)
    {
        if (work.Pending is { WasToldPending: false } change)
        {
            // As if it were one that takes long: whether it is shows later.
            LookForOverdueAt(DueOf(work, change, takesLong: true));
        }
    }

    // Each look is at all that is in work: those that are due one shortly after the other are found by one.
    private void LookForOverdueAt(long due) =>
        _overdueAt = Math.Min(_overdueAt, Math.Max(due, _lookedForOverdue == long.MinValue ? due : _lookedForOverdue + Ticks(rules.MaxDelay / 64)));

    // One that was held back for as long as it may be, because it was written all the time, still gets a moment to be read.
    private long DueOf(HashWork work, PendingChange change, bool takesLong) => takesLong
        ? Math.Max(change.FirstAt + Ticks(rules.MaxDelay), work.StartedAt + Ticks(rules.QuietPeriod))
        : work.StartedAt + (SmallPatience * Ticks(rules.MaxDelay));

    private long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * time.TimestampFrequency);

    private void TellPending(HashWork work)
    {
        var (snapshot, entry) = (work.Snapshot, work.Entry);
        if (work.Pending is not { WasToldPending: false } change || entry.IsDetached || snapshot.IsLost)
        {
            return;
        }

        change.WasToldPending = true;
        var path = Snapshot.PathOf(entry);
        var status = _looks.GetStatus(snapshot.Root.PhysicalPath, path);
        if (status.ItemType != ItemType.File || !status.IsFound || !work.Expected.MayEqual(status.Identity) || (entry.IsAnnounced && entry.IsSameState(status)))
        {
            // It is another file, of which another hint is on its way; or nothing is known but that somebody had it open.
            return;
        }

        FlushBaseline(snapshot, entry, path);
        var known = change.Doubted ?? entry.Digest;
        var previous = entry.IsAnnounced ? PreviousState.Of(entry) with { Digest = known } : default;
        var kind = !entry.IsAnnounced ? AuditEventKind.Created
            : entry.Size != status.Size || known is null ? AuditEventKind.Modified
            : AuditEventKind.ChecksumUpdated;

        // Another time alone may be a touch: that the content is another is said when it has been read, and is.
        change.Doubted = kind == AuditEventKind.ChecksumUpdated ? known : null;
        TellContent(kind, snapshot, path, entry, change, status, work.SettledAt, previous, new HashResult(ChecksumStatus.Pending));
    }
}
