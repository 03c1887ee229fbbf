using FileMonitor.Reconciliation;

namespace FileMonitor.Pipeline;

// What keeps us from concluding anything: a root that is gone, a directory that is closed to us or that nobody can watch, a deletion that may be half a rename.
internal sealed partial class ChangeSettler
{
    private static readonly TimeSpan PutOffFor = TimeSpan.FromMilliseconds(20);

    private readonly Queue<(PendingChange Change, long Due)> _putOff = new();

    /// <summary>When a deletion that was put off is looked at again.</summary>
    public long? NextPutOff => _putOff.TryPeek(out var next) ? next.Due : null;

    /// <summary>Looks again at deletions that were put off; at all of them when nobody else can say where the files went.</summary>
    /// <returns>Whether there was any; what follows from it may be due at once.</returns>
    public async ValueTask<bool> SettlePutOffAsync(long now, bool all)
    {
        var any = false;

        // Only those that are there now: settling one may put off another.
        for (var left = _putOff.Count; left > 0 && _putOff.TryPeek(out var next) && (all || next.Due <= now); left--)
        {
            _putOff.Dequeue();
            any = true;
            await SettleAsync(next.Change).ConfigureAwait(false);
        }

        return any;
    }

    /// <summary>A flush waits for everything that is here now.</summary>
    public void AwaitAll()
    {
        foreach (var (change, _) in _putOff)
        {
            _progress.Await(change);
        }

        foreach (var work in _working.Values)
        {
            _progress.Await(work.Pending);
            _progress.Await(work.Parked);
        }
    }

    /// <summary>
    /// Some sources tell a rename as a deletion and a creation. While a creation is pending, or a directory is looked into, the deletion waits
    /// a moment: if it is the same file, it is recognised there and renamed.
    /// </summary>
    private bool TryPutOff(PendingChange change, SnapshotEntry entry)
    {
        if (change.WasPutOff || !entry.Identity.IsKnown || (debouncer.Appeared == 0 && !reconciler.IsLooking))
        {
            return false;
        }

        change.WasPutOff = true;
        _putOff.Enqueue((change, time.GetTimestamp() + (long)(PutOffFor.TotalSeconds * time.TimestampFrequency)));
        return true;
    }

    /// <summary>
    /// Nothing is concluded from what is not found unless the root itself is what it was: it may be gone, unmounted, or another directory,
    /// and a root that is gone is not a thousand deletions.
    /// </summary>
    private async ValueTask<bool> IsIntactAsync(Snapshot snapshot)
    {
        if (snapshot.IsLost)
        {
            return false;
        }

        var status = files.GetStatus(snapshot.Root.PhysicalPath, "");
        if (status.IsFound && status.ItemType == ItemType.Directory && snapshot.Top.Identity.MayEqual(status.Identity))
        {
            return true;
        }

        await reports.LoseRoot(snapshot, status.IsFound ? "Another file or directory is in its place." : ProblemOf(status.Outcome)).ConfigureAwait(false);
        return false;
    }

    /// <summary>Says that a directory is closed to us; only once, until it could be listed again.</summary>
    public void ReportInaccessible(Snapshot snapshot, SnapshotEntry directory, FileStatusOutcome outcome)
    {
        if (!directory.IsInaccessible)
        {
            directory.IsInaccessible = true;
            reports.Uncovered(snapshot, directory, GapCause.Inaccessible, ProblemOf(outcome));
        }
    }

    /// <summary>
    /// FileSystemWatcher knows names only as text: a directory whose name is not UTF-8 it cannot watch, and does not say so. What happens in
    /// it is found by looking into it from time to time.
    /// </summary>
    public void ReportUnwatchable(Snapshot snapshot, SnapshotEntry entry)
    {
        if (entry.Type == ItemType.Directory && snapshot.Root.Recursive && PathText.MayHoldBytes(entry.Name) && !rules.WatchesAnyName(snapshot.Root) && IsUnwatchable(entry))
        {
            reports.Uncovered(
                snapshot, entry, GapCause.PartialCoverage, "The name of this directory is not UTF-8, so the source cannot watch it; it is compared with the disk from time to time. Rename it.");
        }
    }

    /// <summary>Whether the path of a directory cannot be given to a source that knows names only as text.</summary>
    public static bool IsUnwatchable(SnapshotEntry directory) => PathText.BytesIfNotUtf8(Snapshot.PathOf(directory)) is not null;

    private static string ProblemOf(FileStatusOutcome outcome) => outcome switch
    {
        FileStatusOutcome.Missing => "It does not exist.",
        FileStatusOutcome.Inaccessible => "Permission denied: what is here is unknown, not deleted. Give the process read and search permission.",
        _ => "The file system reported an error: what is here is unknown, not deleted.",
    };
}

/// <summary>What the settler finds out and the pump decides about, and what it has the pump do.</summary>
/// <param name="LoseRoot">The root is gone, or not what it was; the sentence says why.</param>
/// <param name="Uncovered">Nothing is noticed in a directory; it is to be looked into from time to time.</param>
/// <param name="Absorb">Takes the hints that are waiting into the debouncer.</param>
internal sealed record SettlerReports(Func<Snapshot, string, ValueTask> LoseRoot, Action<Snapshot, SnapshotEntry, GapCause, string> Uncovered, Action Absorb);
