using FileMonitor.Delivery;
using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// The files in the gate. Reports those that are not read in time with what is known, with <see cref="ChecksumStatus.Pending"/>. Owner: the
/// pump.
/// </summary>
internal sealed class FilesBeingRead(SettleContext context, ChecksumGate gate, ItemChanges items)
{
    private const int MaxNamed = 100;

    // A small file that waits for its first read waits because many files do, and an extra Pending event for each would not help. After so many
    // maximum delays, assume that reading has stopped.
    private const int SmallPatience = 4;

    private readonly Dictionary<SnapshotEntry, HashWork> _working = [];
    private long _overdueAt = long.MaxValue;
    private long _lookedForOverdue = long.MinValue;

    /// <summary>Whether a file of the baseline is still to be read whose Baseline event was asked for.</summary>
    public bool IsReadingForBaseline => _working.Values.Any(static work => work.Pending is null && work.Snapshot.Root.Settings.ReportBaseline);

    /// <summary>How many files wait to be read or are being read; each may produce an event.</summary>
    public int Count => _working.Count;

    /// <summary>Whether a file is being read, or waits to be.</summary>
    public bool Has(SnapshotEntry entry) => _working.ContainsKey(entry);

    /// <summary>The file is read.</summary>
    public void Remove(HashWork work) => _working.Remove(work.Entry);

    /// <summary>A flush begins and waits for everything that is here now.</summary>
    public void AwaitAll()
    {
        foreach (var work in _working.Values)
        {
            context.Progress.Await(work.Pending);
            context.Progress.Await(work.Parked);
        }
    }

    /// <summary>Parks a change of a file that is being read; it is settled after the read.</summary>
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

    /// <summary>When to look for overdue files; null when none is in work.</summary>
    public long? NextOverdue => _working.Count == 0 || _overdueAt == long.MaxValue ? null : _overdueAt;

    /// <summary>
    /// Emits an event with <see cref="ChecksumStatus.Pending"/> for each file that is not read within the maximum delay after its first hint or, where complete
    /// files are reported, within the longest hold. The checksum follows later.
    /// </summary>
    public void EmitOverdue(long now)
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
                LookForOverdueAt(change, due);
            }
        }

        foreach (var work in overdue)
        {
            EmitPending(work);
        }
    }

    /// <summary>A flush timed out before every file was read: emits Pending events for the rest.</summary>
    /// <returns>Sentences about the files that were not read; at most a hundred by name.</returns>
    public IReadOnlyList<string> EmitUnreached()
    {
        var unread = _working.Values.Where(static work => !work.Entry.IsDetached && work.Pending is null or { Awaited: > 0 }).ToList();
        var named = new List<string>();
        foreach (var work in unread)
        {
            if (named.Count < MaxNamed)
            {
                named.Add($"'{work.Snapshot.Root.PathOf(Snapshot.PathOf(work.Entry))}' is still being read.");
            }

            EmitPending(work);
        }

        if (unread.Count > named.Count)
        {
            named.Add(FormattableString.Invariant($"{unread.Count - named.Count:N0} more files are still being read."));
        }

        return named;
    }

    /// <summary>How many hints a flush waits for wait for a file to be read.</summary>
    public long AwaitedInWork => _working.Values.Sum(static work => (work.Pending?.Awaited ?? 0L) + (work.Parked?.Awaited ?? 0L));

    private void Expect(HashWork work)
    {
        if (work.Pending is { WasToldPending: false } change)
        {
            // Assume a long read; the next look knows better.
            LookForOverdueAt(change, DueOf(work, change, takesLong: true));
        }
    }

    // Each look goes through all files in work, so keep a minimum interval between looks.
    private void LookForOverdueAt(PendingChange change, long due) =>
        _overdueAt = Math.Min(_overdueAt, Math.Max(due, _lookedForOverdue == long.MinValue ? due : _lookedForOverdue + context.Ticks(change.Root.Settings.MaxDelay / 64)));

    private long DueOf(HashWork work, PendingChange change, bool takesLong)
    {
        var settings = change.Root.Settings;

        // A file that was already debounced for the maximum delay still gets one quiet period to be read.
        var due = takesLong
            ? Math.Max(change.FirstAt + context.Ticks(settings.MaxDelay), work.StartedAt + context.Ticks(settings.QuietPeriod))
            : work.StartedAt + (SmallPatience * context.Ticks(settings.MaxDelay));

        // A host of complete files wants each once, with its checksum, and waits for it anyway. Not for one that is reported although somebody writes it.
        return settings.ReportWhen == ReportWhen.Closed && change.Writers != FileWriters.Open ? Math.Max(due, work.StartedAt + context.Ticks(settings.MaxHold)) : due;
    }

    private void EmitPending(HashWork work)
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
            // Another file has the path, and a hint about it is on its way; or the file is as known and was only opened.
            return;
        }

        items.FlushBaseline(snapshot, entry, path);
        var known = change.DoubtedDigest ?? entry.Digest;
        var previous = entry.IsAnnounced ? PreviousState.Of(entry) with { Digest = known } : default;
        var kind = !entry.IsAnnounced ? AuditEventKind.Created
            : entry.Size != status.Size || known is null ? AuditEventKind.Modified
            : AuditEventKind.ChecksumUpdated;

        // A new time with the same size may be a touch. Report ChecksumUpdated with Pending now; Modified follows only if the content differs.
        change.DoubtedDigest = kind == AuditEventKind.ChecksumUpdated ? known : null;
        items.EmitContent(kind, snapshot, path, entry, change, status, work.SettledAt, previous, new HashResult(ChecksumStatus.Pending));
    }
}
