using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Changes that are not judged yet: what is missed may turn up in a directory that is being looked into, or a hint that explains it may be on its
/// way. None waits longer than half a second. Owner: the pump.
/// </summary>
internal sealed class PutOffs(SettleContext context)
{
    // Far longer than it takes to list directories that are new, unless they never cease to come; and than a source takes from the event to the
    // hint, also where the processors are busy with something else.
    private static readonly TimeSpan LongestPutOff = TimeSpan.FromMilliseconds(500);

    // Two that are put off may each show where the other went.
    private const int MaxWaitsForOthers = 2;

    /// <summary>When names are used again in a storm, so many changes are compared with each directory that is missed.</summary>
    public const int MostCompared = 64;

    private readonly Queue<PutOffChanges>[] _putOff = [.. context.Snapshots.Select(static _ => new Queue<PutOffChanges>())];

    // Which items the changes that are put off showed, how many did, and the last of them.
    private readonly Dictionary<FileIdentity, (int Count, PendingChange By, PutOffReason Reason)>[] _shown =
        [.. context.Snapshots.Select(static _ => new Dictionary<FileIdentity, (int, PendingChange, PutOffReason)>())];

    /// <summary>Whether nothing is put off.</summary>
    public bool IsEmpty => Array.TrueForAll(_putOff, static queue => queue.Count == 0);

    /// <summary>Why the change that is being judged is put off; null when it is not.</summary>
    public PutOffReason? Requested { get; private set; }

    /// <summary>When a change that was put off is looked at again at the latest.</summary>
    public long? NextDue
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

    private bool IsDue(Snapshot snapshot, PutOffReason reason, long now) =>
        reason.Due <= now || (reason.Generation is { } generation && !context.Reconciler.IsLookingFor(snapshot.Root, generation));

    /// <summary>A flush waits for everything that is here now.</summary>
    public void AwaitAll()
    {
        foreach (var change in _putOff.SelectMany(static queue => queue).SelectMany(static putOff => putOff.Changes))
        {
            context.Progress.Await(change);
        }
    }

    /// <summary>
    /// What is known by a name is gone from it. It may turn up in a directory that is being looked into, or a hint that explains it may be on
    /// its way: then nothing is concluded yet. No longer than half a second, however much there is to look into.
    /// </summary>
    public bool TryPutOff(Snapshot snapshot, PendingChange change, SnapshotEntry entry)
    {
        var now = context.Time.GetTimestamp();
        if (!change.HasWaitedForHints && IsDiskAhead(snapshot, change))
        {
            change.HasWaitedForHints = true;
            Requested = new PutOffReason(now + context.Ticks(LongestPutOff), Generation: null);
            return true;
        }

        change.PutOffAt ??= now;
        var due = change.PutOffAt.Value + context.Ticks(LongestPutOff);
        if (due > now && change.WaitsForOthers < MaxWaitsForOthers && PutOffFor(snapshot, entry).FirstOrDefault().Reason is { Due: > 0 } reason)
        {
            change.WaitsForOthers++;
            Requested = reason;
            return true;
        }

        if (due <= now || !context.Reconciler.IsLookingFor(change.Root, context.Reconciler.LatestGeneration))
        {
            return false;
        }

        Requested = new PutOffReason(due, context.Reconciler.CloseGeneration());
        return true;
    }

    /// <summary>
    /// Whether something is gone, or was replaced, of which no hint was read that says so: it is on its way. Where all that was read says that
    /// what is known there was written or looked at, who is there now came later.
    /// </summary>
    private bool IsDiskAhead(Snapshot snapshot, PendingChange change) =>
        change.IsWriteOnly || change.IsAsked
        || (change.IsThere
            && ((change.Kinds & ~(PendingHints.Modified | PendingHints.Look)) == 0 || context.Look(snapshot, change).Outcome == FileStatusOutcome.Missing));

    /// <summary>A change is put off, and those that wait for it with it: what each of them shows, another may miss.</summary>
    public void Add(List<PendingChange> changes, PutOffReason reason)
    {
        var snapshot = context.Snapshots[changes[0].Root.Index];
        var shown = changes
            .SelectMany(static change => (change.AlsoLook ?? []).Prepend(change.Path).Concat(change.FoundAt ?? []).Select(name => (Change: change, Name: name)))
            .Select(one => (one.Change, Status: context.Looks.GetStatus(snapshot.Root.PhysicalPath, one.Name)))
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
    public IEnumerable<(PendingChange By, PutOffReason Reason)> PutOffFor(Snapshot snapshot, SnapshotEntry entry)
    {
        var shown = _shown[snapshot.Root.Index];
        if (shown.TryGetValue(entry.Identity, out var one))
        {
            return [(one.By, one.Reason)];
        }

        return entry.ChildCount == 0 || shown.Count is 0 or > MostCompared
            ? []
            : shown.Where(other => snapshot.FindAllByIdentity(other.Key).Any(known => ItemIdentity.IsInside(known, entry))).Select(static other => (other.Value.By, other.Value.Reason));
    }

    /// <summary>Takes the reason that was requested.</summary>
    public PutOffReason? TakeRequested()
    {
        var requested = Requested;
        Requested = null;
        return requested;
    }

    /// <summary>How many are put off in a root.</summary>
    public int Count(MonitoredRoot root) => _putOff[root.Index].Count;

    /// <summary>Takes the changes that were put off first, when they are due.</summary>
    /// <param name="snapshot">Of the root.</param>
    /// <param name="now">A timestamp.</param>
    /// <param name="all">Due or not: nobody else can say where the files went.</param>
    /// <param name="changes">They.</param>
    public bool TryTakeDue(Snapshot snapshot, long now, bool all, [NotNullWhen(true)] out List<PendingChange>? changes)
    {
        changes = null;
        if (!_putOff[snapshot.Root.Index].TryPeek(out var next) || !(all || IsDue(snapshot, next.Reason, now)))
        {
            return false;
        }

        _putOff[snapshot.Root.Index].Dequeue();
        NoLongerShown(snapshot, next);
        changes = next.Changes;
        return true;
    }
}

/// <summary>A change that is not judged yet, the last of the list, and those that wait for it.</summary>
/// <param name="Changes">They.</param>
/// <param name="Shown">The items that their paths showed.</param>
/// <param name="Reason">Until when.</param>
internal readonly record struct PutOffChanges(List<PendingChange> Changes, List<FileIdentity> Shown, PutOffReason Reason);

/// <summary>Until when a change is not judged.</summary>
/// <param name="Due">A timestamp: then it is, whatever may still turn up.</param>
/// <param name="Generation">And earlier, once nothing of this generation is being looked into any more; null where only the time counts.</param>
internal readonly record struct PutOffReason(long Due, long? Generation);
