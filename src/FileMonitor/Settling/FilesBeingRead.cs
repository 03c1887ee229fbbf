using FileMonitor.Delivery;
using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Files that were given to the gate, and what is told of those that are not read in time: what is known, openly without a checksum. Owner: the
/// pump.
/// </summary>
internal sealed class FilesBeingRead(SettleContext context, ChecksumGate gate, ItemChanges items)
{
    private const int MaxNamed = 100;

    // One that waits for the first look is small, and small ones go first: it waits because many do, and twice as many events would not help.
    // Longer than this it waits because nothing is read any more.
    private const int SmallPatience = 4;

    private readonly Dictionary<SnapshotEntry, HashWork> _working = [];
    private long _overdueAt = long.MaxValue;
    private long _lookedForOverdue = long.MinValue;

    /// <summary>Whether a file is still to be read that was there at start.</summary>
    public bool IsReadingForBaseline => _working.Values.Any(static work => work.Pending is null);

    /// <summary>Files that wait to be read or are being read; an event may come of each.</summary>
    public int Count => _working.Count;

    /// <summary>Whether a file is being read, or waits to be.</summary>
    public bool Has(SnapshotEntry entry) => _working.ContainsKey(entry);

    /// <summary>Its reading is over.</summary>
    public void Remove(HashWork work) => _working.Remove(work.Entry);

    /// <summary>A flush waits for everything that is here now.</summary>
    public void AwaitAll()
    {
        foreach (var work in _working.Values)
        {
            context.Progress.Await(work.Pending);
            context.Progress.Await(work.Parked);
        }
    }

    /// <summary>What was hinted about a file that is being read is looked at after it.</summary>
    public bool TryPark(SnapshotEntry entry, PendingChange change)
    {
        if (!_working.TryGetValue(entry, out var work))
        {
            return false;
        }

        Park(work, change);
        return true;
    }

    public void StartWork(
        Snapshot snapshot, PendingChange? change, SnapshotEntry entry, string path, FileIdentity expected, long size, DateTimeOffset settledAt, PendingChange? parked = null)
    {
        var work = new HashWork(entry, snapshot, path, change, expected, settledAt) { Parked = parked, Size = size, StartedAt = context.Time.GetTimestamp() };
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
        context.Debouncer.Recycle(change);
    }

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
        _overdueAt = Math.Min(_overdueAt, Math.Max(due, _lookedForOverdue == long.MinValue ? due : _lookedForOverdue + context.Ticks(context.Rules.MaxDelay / 64)));

    // One that was held back for as long as it may be, because it was written all the time, still gets a moment to be read.
    private long DueOf(HashWork work, PendingChange change, bool takesLong) => takesLong
        ? Math.Max(change.FirstAt + context.Ticks(context.Rules.MaxDelay), work.StartedAt + context.Ticks(context.Rules.QuietPeriod))
        : work.StartedAt + (SmallPatience * context.Ticks(context.Rules.MaxDelay));

    private void TellPending(HashWork work)
    {
        var (snapshot, entry) = (work.Snapshot, work.Entry);
        if (work.Pending is not { WasToldPending: false } change || entry.IsDetached || snapshot.IsLost)
        {
            return;
        }

        change.WasToldPending = true;
        var path = Snapshot.PathOf(entry);
        var status = context.Looks.GetStatus(snapshot.Root.PhysicalPath, path);
        if (status.ItemType != ItemType.File || !status.IsFound || !work.Expected.MayEqual(status.Identity) || (entry.IsAnnounced && entry.IsSameState(status)))
        {
            // It is another file, of which another hint is on its way; or nothing is known but that somebody had it open.
            return;
        }

        items.FlushBaseline(snapshot, entry, path);
        var known = change.Doubted ?? entry.Digest;
        var previous = entry.IsAnnounced ? PreviousState.Of(entry) with { Digest = known } : default;
        var kind = !entry.IsAnnounced ? AuditEventKind.Created
            : entry.Size != status.Size || known is null ? AuditEventKind.Modified
            : AuditEventKind.ChecksumUpdated;

        // Another time alone may be a touch: that the content is another is said when it has been read, and is.
        change.Doubted = kind == AuditEventKind.ChecksumUpdated ? known : null;
        items.TellContent(kind, snapshot, path, entry, change, status, work.SettledAt, previous, new HashResult(ChecksumStatus.Pending));
    }
}
