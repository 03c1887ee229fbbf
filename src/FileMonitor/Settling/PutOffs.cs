using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Changes that are put off: a missing item may be found in a directory that is being scanned, or a hint that explains it may be on its way.
/// None waits longer than half a second. Owner: the pump.
/// </summary>
internal sealed class PutOffs(SettleContext context, HeldFiles held)
{
    // Far longer than listing new directories takes, unless they keep coming, and longer than a source takes from event to hint on a busy
    // machine.
    private static readonly TimeSpan LongestPutOff = TimeSpan.FromMilliseconds(500);

    // Two changes that are put off may each show where the other's item went.
    private const int MaxWaitsForOthers = 2;

    /// <summary>When names are reused in a storm, this many changes are compared with each missing directory.</summary>
    public const int MostCompared = 64;

    private readonly PerRoot<Queue<PutOffChanges>> _putOff = new(static _ => new());

    // For each item shown by changes that are put off: how many showed it, and the last of them.
    private readonly PerRoot<Dictionary<FileIdentity, (int Count, PendingChange By, PutOffReason Reason)>> _shown = new(static _ => []);

    /// <summary>The files that wait until they are complete. Nothing waits for them, and they wait for longer.</summary>
    public HeldFiles Held { get; } = held;

    /// <summary>Whether nothing is put off.</summary>
    public bool IsEmpty => Array.TrueForAll(_putOff.All, static queue => queue.Count == 0);

    /// <summary>Why the change that is being settled is to be put off; null when it is not.</summary>
    public PutOffReason? Requested { get; private set; }

    /// <summary>When the next change is settled at the latest; null when none is put off.</summary>
    public long? NextDue
    {
        get
        {
            long? next = null;
            foreach (var queue in _putOff.All)
            {
                next = queue.TryPeek(out var first) && !(first.Reason.Due > next) ? first.Reason.Due : next;
            }

            return next;
        }
    }

    private bool IsDue(Snapshot snapshot, PutOffReason reason, long now) =>
        reason.Due <= now || (reason.Generation is { } generation && !context.Reconciler.IsLookingFor(snapshot.Root, generation));

    /// <summary>A flush begins and waits for everything that is here now.</summary>
    public void AwaitAll()
    {
        foreach (var change in _putOff.All.SelectMany(static queue => queue).SelectMany(static putOff => putOff.Changes))
        {
            context.Progress.Await(change);
        }
    }

    /// <summary>
    /// Puts off a change whose known item is missing, if the item may be found in a directory that is being scanned, or a hint that explains it
    /// may be on its way. At most for half a second.
    /// </summary>
    public bool TryPutOff(Snapshot snapshot, PendingChange change, SnapshotEntry entry)
    {
        if (snapshot.Root.IsFile)
        {
            // The tree has one name, so a file that was replaced is nowhere else.
            return false;
        }

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
    /// Whether the disk shows a deletion or a replacement that no hint has reported yet. If all hints say that the known item was written or
    /// looked at, another item there came later.
    /// </summary>
    private bool IsDiskAhead(Snapshot snapshot, PendingChange change) =>
        change.IsWriteOnly || change.IsAsked
        || (change.IsThere
            && ((change.Kinds & ~(PendingHints.Modified | PendingHints.Look)) == 0 || context.Look(snapshot, change).Outcome == FileStatusOutcome.Missing));

    /// <summary>
    /// Puts off a change together with the changes that wait for it. Notes the items that each of them shows, because another change may miss
    /// them.
    /// </summary>
    public void Add(List<PendingChange> changes, PutOffReason reason)
    {
        var snapshot = context.Snapshots[changes[0].Root];
        var shown = changes
            .SelectMany(static change => (change.AlsoLook ?? []).Prepend(change.Path).Concat(change.FoundAt ?? []).Select(name => (Change: change, Name: name)))
            .Select(one => (one.Change, Status: context.Looks.GetStatus(snapshot.Root.PhysicalPath, one.Name)))
            .Where(static one => one.Status.IsFound && one.Status.Identity.IsKnown)
            .ToList();
        foreach (var (change, status) in shown)
        {
            ref var one = ref CollectionsMarshal.GetValueRefOrAddDefault(_shown[snapshot.Root], status.Identity, out _);
            one = (one.Count + 1, change, reason);
        }

        _putOff[snapshot.Root].Enqueue(new PutOffChanges(changes, [.. shown.Select(static one => one.Status.Identity)], reason));
    }

    private void NoLongerShown(Snapshot snapshot, in PutOffChanges putOff)
    {
        var all = _shown[snapshot.Root];
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

    /// <summary>Changes that are put off and showed where an entry, or an item below it, went.</summary>
    public IEnumerable<(PendingChange By, PutOffReason Reason)> PutOffFor(Snapshot snapshot, SnapshotEntry entry)
    {
        var shown = _shown[snapshot.Root];
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

    /// <summary>Takes everything that is put off in a root, which is removed.</summary>
    public List<PendingChange> TakeAll(MonitoredRoot root)
    {
        List<PendingChange> all = [.. _putOff[root].SelectMany(static putOff => putOff.Changes)];
        _putOff.Remove(root);
        _shown.Remove(root);
        return all;
    }

    /// <summary>How many groups of changes are put off in a root.</summary>
    public int Count(MonitoredRoot root) => _putOff[root].Count;

    /// <summary>Takes the group of changes that was put off first, if it is due.</summary>
    /// <param name="snapshot">The snapshot of the root.</param>
    /// <param name="now">A timestamp.</param>
    /// <param name="all">Take it, due or not: nothing pending can still show where the files went.</param>
    /// <param name="changes">The changes.</param>
    public bool TryTakeDue(Snapshot snapshot, long now, bool all, [NotNullWhen(true)] out List<PendingChange>? changes)
    {
        changes = null;
        if (!_putOff[snapshot.Root].TryPeek(out var next) || !(all || IsDue(snapshot, next.Reason, now)))
        {
            return false;
        }

        _putOff[snapshot.Root].Dequeue();
        NoLongerShown(snapshot, next);
        changes = next.Changes;
        return true;
    }
}

/// <summary>A change that is put off, the last of the list, and the changes that wait for it.</summary>
/// <param name="Changes">The changes.</param>
/// <param name="Shown">The items that their paths showed.</param>
/// <param name="Reason">Until when.</param>
internal readonly record struct PutOffChanges(List<PendingChange> Changes, List<FileIdentity> Shown, PutOffReason Reason);

/// <summary>Until when a change is not judged.</summary>
/// <param name="Due">The timestamp at which it is settled in any case.</param>
/// <param name="Generation">Settled earlier once no directory of this generation is being scanned; null when only the time counts.</param>
internal readonly record struct PutOffReason(long Due, long? Generation);
