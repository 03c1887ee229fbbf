using System.Runtime.InteropServices;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

// What keeps us from concluding anything: a root that is gone, a directory that is closed to us or that nobody can watch, a deletion that may be half a rename.
internal sealed partial class ChangeSettler
{
    // Far longer than it takes to list directories that are new, unless they never cease to come; and than a source takes from the event to the
    // hint, also where the processors are busy with something else.
    private static readonly TimeSpan LongestPutOff = TimeSpan.FromMilliseconds(500);

    // Two that are put off may each show where the other went.
    private const int MaxWaitsForOthers = 2;

    // When names are used again in a storm, so many of those that are put off are compared with each directory.
    private const int MostCompared = 64;

    private readonly Queue<PutOffChanges>[] _putOff = [.. snapshots.Select(static _ => new Queue<PutOffChanges>())];

    // Which items the changes that are put off showed, how many did, and the last of them.
    private readonly Dictionary<FileIdentity, (int Count, PendingChange By, PutOffReason Reason)>[] _shown =
        [.. snapshots.Select(static _ => new Dictionary<FileIdentity, (int, PendingChange, PutOffReason)>())];

    private PutOffReason? _putOffNow;

    /// <summary>When a change that was put off is looked at again at the latest.</summary>
    public long? NextPutOff
    {
        get
        {
            long? next = null;
            foreach (var queue in _putOff)
            {
                next = queue.TryPeek(out var first) && !(first.Reason.Due > next) ? first.Reason.Due : next;
            }

            return next;
        }
    }

    /// <summary>Looks again at changes that were put off; at all of them when nobody else can say where the files went.</summary>
    /// <returns>Whether there was any; what follows from it may be due at once.</returns>
    public bool SettlePutOff(long now, bool all)
    {
        var any = false;
        foreach (var snapshot in snapshots)
        {
            // Only those that are there now: settling one may put off another.
            var queue = _putOff[snapshot.Root.Index];
            for (var left = queue.Count; left > 0 && outbox.IsEmpty && queue.TryPeek(out var next) && (all || IsDue(snapshot, next.Reason, now)); left--)
            {
                queue.Dequeue();
                NoLongerShown(snapshot, next);
                any = true;
                _waiting.AddRange(next.Changes);
                SettleWaiting(_waiting.Count - next.Changes.Count);
            }
        }

        return any;
    }

    private bool IsDue(Snapshot snapshot, PutOffReason reason, long now) =>
        reason.Due <= now || (reason.Generation is { } generation && !reconciler.IsLookingFor(snapshot.Root, generation));

    /// <summary>A flush waits for everything that is here now.</summary>
    public void AwaitAll()
    {
        foreach (var change in _putOff.SelectMany(static queue => queue).SelectMany(static putOff => putOff.Changes))
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
    /// What is known by a name is gone from it. It may turn up in a directory that is being looked into, or a hint that explains it may be on
    /// its way: then nothing is concluded yet. No longer than half a second, however much there is to look into.
    /// </summary>
    private bool TryPutOff(Snapshot snapshot, PendingChange change, SnapshotEntry entry)
    {
        var now = time.GetTimestamp();
        if (!change.HasWaitedForHints && IsDiskAhead(snapshot, change))
        {
            change.HasWaitedForHints = true;
            _putOffNow = new PutOffReason(now + Ticks(LongestPutOff), Generation: null);
            return true;
        }

        change.PutOffAt ??= now;
        var due = change.PutOffAt.Value + Ticks(LongestPutOff);
        if (due > now && change.WaitsForOthers < MaxWaitsForOthers && PutOffFor(snapshot, entry).FirstOrDefault().Reason is { Due: > 0 } reason)
        {
            change.WaitsForOthers++;
            _putOffNow = reason;
            return true;
        }

        if (due <= now || !reconciler.IsLookingFor(change.Root, reconciler.LatestGeneration))
        {
            return false;
        }

        _putOffNow = new PutOffReason(due, reconciler.CloseGeneration());
        return true;
    }

    /// <summary>
    /// Whether something is gone, or was replaced, of which no hint was read that says so: it is on its way. Where all that was read says that
    /// what is known there was written or looked at, who is there now came later.
    /// </summary>
    private bool IsDiskAhead(Snapshot snapshot, PendingChange change) =>
        change.IsWriteOnly || change.IsAsked
        || (change.IsThere
            && ((change.Kinds & ~(PendingHints.Modified | PendingHints.Look)) == 0 || Look(snapshot, change).Outcome == FileStatusOutcome.Missing));

    /// <summary>A change is put off, and those that wait for it with it: what each of them shows, another may miss.</summary>
    private void PutOff(List<PendingChange> changes, PutOffReason reason)
    {
        var snapshot = snapshots[changes[0].Root.Index];
        var shown = changes
            .SelectMany(static change => (change.AlsoLook ?? []).Prepend(change.Path).Concat(change.FoundAt ?? []).Select(name => (Change: change, Name: name)))
            .Select(one => (one.Change, Status: _looks.GetStatus(snapshot.Root.PhysicalPath, one.Name)))
            .Where(static one => one.Status.IsFound && one.Status.Identity.IsKnown)
            .ToList();
        foreach (var (change, status) in shown)
        {
            ref var one = ref CollectionsMarshal.GetValueRefOrAddDefault(_shown[snapshot.Root.Index], status.Identity, out _);
            one = (one.Count + 1, change, reason);
        }

        _putOff[snapshot.Root.Index].Enqueue(new PutOffChanges(changes, [.. shown.Select(static one => one.Status.Identity)], reason));
    }

    private void NoLongerShown(Snapshot snapshot, in PutOffChanges putOff)
    {
        var all = _shown[snapshot.Root.Index];
        foreach (var identity in putOff.Shown)
        {
            if (all[identity] is { Count: > 1 } several)
            {
                all[identity] = several with { Count = several.Count - 1 };
            }
            else
            {
                all.Remove(identity);
            }
        }
    }

    /// <summary>Changes that are put off themselves, and showed where an entry, or something below it, went: nothing is concluded before they are.</summary>
    private IEnumerable<(PendingChange By, PutOffReason Reason)> PutOffFor(Snapshot snapshot, SnapshotEntry entry)
    {
        var shown = _shown[snapshot.Root.Index];
        if (shown.TryGetValue(entry.Identity, out var one))
        {
            return [(one.By, one.Reason)];
        }

        return entry.ChildCount == 0 || shown.Count is 0 or > MostCompared
            ? []
            : shown.Where(other => snapshot.FindAllByIdentity(other.Key).Any(known => IsInside(known, entry))).Select(static other => (other.Value.By, other.Value.Reason));
    }

    /// <summary>
    /// Nothing is concluded from what is not found unless the root itself is what it was: it may be gone, unmounted, or another directory,
    /// and a root that is gone is not a thousand deletions.
    /// </summary>
    private bool IsIntact(Snapshot snapshot)
    {
        if (snapshot.IsLost)
        {
            return false;
        }

        var status = _looks.GetDirectory(snapshot.Root.PhysicalPath, "");
        if (status.IsFound && status.ItemType == ItemType.Directory && snapshot.Top.Identity.MayEqual(status.Identity))
        {
            return true;
        }

        reports.LoseRoot(snapshot, status.IsFound ? "Another file or directory is in its place." : ProblemOf(status.Outcome));
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
/// <param name="MakeRoom">Waits until the stream has taken the events that were told. Only while a tree is deleted, which may be of any size.</param>
internal sealed record SettlerReports(Action<Snapshot, string> LoseRoot, Action<Snapshot, SnapshotEntry, GapCause, string> Uncovered, Action Absorb, Action MakeRoom);

/// <summary>A change that is not judged yet, the last of the list, and those that wait for it.</summary>
/// <param name="Changes">They.</param>
/// <param name="Shown">The items that their paths showed.</param>
/// <param name="Reason">Until when.</param>
internal readonly record struct PutOffChanges(List<PendingChange> Changes, List<FileIdentity> Shown, PutOffReason Reason);

/// <summary>Until when a change is not judged.</summary>
/// <param name="Due">A timestamp: then it is, whatever may still turn up.</param>
/// <param name="Generation">And earlier, once nothing of this generation is being looked into any more; null where only the time counts.</param>
internal readonly record struct PutOffReason(long Due, long? Generation);
