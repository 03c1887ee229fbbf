using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>Adds and removes the roots of the pump, also while it runs. Owner: the pump.</summary>
internal sealed class RootSet(PumpParts parts)
{
    private readonly SettleContext _context = parts.Context;

    /// <summary>Adds a root with its baseline, then takes what was reported about it meanwhile.</summary>
    /// <param name="add">The root.</param>
    /// <param name="replay">Carries out an order again.</param>
    public void Add(PumpOrder.AddRoot add, Action<PumpOrder> replay)
    {
        var (root, snapshot) = (add.Root, add.Snapshot);
        _context.Snapshots.Set(root, snapshot);
        parts.Baseline.Add(snapshot);

        // A root that an earlier run lost and that is present now is restored by an order.
        if (snapshot.IsLost && add.Problem is { } problem)
        {
            parts.Roots.EmitLost(snapshot, problem);
        }

        foreach (var (path, outcome) in add.Unreadable.Where(static directory => directory.Path.Length > 0))
        {
            parts.Coverage.ReportInaccessible(snapshot, snapshot.FindClosestDirectory(path), outcome);
        }

        parts.Coverage.ReportUnwatchable(snapshot);
        parts.Gaps.EmitOpened();
        if (root.Settings.ReportWhen == ReportWhen.Closed)
        {
            // An earlier run reported these while they were open.
            foreach (var entry in snapshot.All().Where(static entry => entry.IsToldOpen).ToList())
            {
                _context.AddOwnHint(root, Snapshot.PathOf(entry), FileChangeKind.Modified, AuditEventOrigin.Offline, isAwaited: false, isHealing: false);
            }
        }

        if (parts.Arriving.Take(root) is { } arrival)
        {
            arrival.Orders.ForEach(replay);
            arrival.Losses.ForEach(loss => parts.Gaps.NoteLoss(loss));
            arrival.Hints.ForEach(hint => _context.Debouncer.Add(hint));
        }
    }

    /// <summary>Removes a root, or one that was to be added. What is pending about it is dropped, and nothing is reported about it any more.</summary>
    public void Remove(MonitoredRoot root)
    {
        if (parts.Arriving.Take(root) is { } arrival)
        {
            _context.Counters.Current.Pending -= arrival.Hints.Count;
            _context.Counters.Current.CutOff += arrival.Hints.Count;
            arrival.Orders.ForEach(static order => (order as PumpOrder.Compare)?.Done.TrySetResult());
        }

        root.MarkRemoved();
        if (!_context.Snapshots.Has(root))
        {
            return;
        }

        // What is still under way finds a lost root and entries that are gone, as after a deletion.
        _context.Snapshots[root].Discard();
        foreach (var change in _context.Debouncer.TakeAll(root).Concat(parts.PutOffs.TakeAll(root)).ToList())
        {
            _context.Progress.Settled(change);
            _context.Counters.Current.Settle(change);
        }

        parts.Held.TakeAll(root).ForEach(change => _context.Counters.Current.Settle(change));
        parts.Coverage.Remove(root);
        parts.Gaps.Remove(root);
        parts.Order.Remove(root);
        _context.Reconciler.Remove(root);
        _context.Progress.Remove(root);
        _context.Snapshots.Remove(root);
    }
}
