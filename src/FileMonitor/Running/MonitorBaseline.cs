using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Settling;
using FileMonitor.Tree;

namespace FileMonitor.Running;

/// <summary>
/// Fills the snapshots before the pump starts: from the stored baseline of an earlier run, which is then compared with the disk, or else from the disk.
/// Owner: the start of the run.
/// </summary>
/// <param name="store">The store with the baseline of an earlier run; null when there is no store.</param>
/// <param name="files">The disk.</param>
/// <param name="recorder">Records the changes of the snapshots from now on; null without a store.</param>
internal sealed class MonitorBaseline(IMonitorStore? store, IFileView files, TreeRecorder? recorder)
{
    private readonly List<PumpOrder> _orders = [];

    /// <summary>Whether a comparison that was ordered is not through. Any thread, once the pump runs.</summary>
    public bool IsComparing => _orders.OfType<PumpOrder.Compare>().Any(static compare => !compare.Done.Task.IsCompleted);

    /// <summary>Gives the pump its first orders: gaps for lost state, and the comparison of stored baselines with the disk.</summary>
    public void Order(PumpInbox inbox)
    {
        foreach (var (root, detail) in store?.Losses ?? [])
        {
            inbox.ReportLoss(root, "", GapCause.StateLost, detail);
        }

        foreach (var order in _orders)
        {
            inbox.Order(order);
        }
    }

    /// <summary>Fills the snapshot of a root.</summary>
    /// <returns>The order that gives it to the pump.</returns>
    /// <param name="resolved">The root.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public PumpOrder.AddRoot Take(ResolvedRoot resolved, CancellationToken cancellationToken)
    {
        var snapshot = new Snapshot(resolved.Root);
        var unreadable = new List<(string Path, FileStatusOutcome Outcome)>();
        Fill(snapshot, resolved.First, (path, outcome) => unreadable.Add((path, outcome)), cancellationToken);
        return new PumpOrder.AddRoot(snapshot, resolved.First.Problem, unreadable, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private void Fill(Snapshot snapshot, RootSighting first, Action<string, FileStatusOutcome> unreadable, CancellationToken cancellationToken)
    {
        var isLost = first.Problem is not null;
        if (store?.Load(snapshot, first.Status) is { } before)
        {
            TakeStored(snapshot, first, before, cancellationToken);
            return;
        }

        snapshot.Apply(RootIs(first));
        store?.AddToBaseline(snapshot.Root, RootIs(first));
        if (!isLost)
        {
            BaselineScan.Fill(
                snapshot, files, unreadable, store is null ? null : delta => store.AddToBaseline(snapshot.Root, delta), cancellationToken);
        }

        store?.CompleteBaseline(snapshot.Root);
        recorder?.Watch(snapshot);
    }

    private static TreeDelta RootIs(RootSighting first) =>
        first.Problem is null ? TreeDelta.Root(isLost: false) with { Status = first.Status } : TreeDelta.Root(isLost: true);

    private void TakeStored(Snapshot snapshot, RootSighting first, StoredCoverage before, CancellationToken cancellationToken)
    {
        recorder!.Watch(snapshot);
        StoredTree.ForgetUntold(snapshot);
        var wasLost = snapshot.IsLost;
        if (first.Problem is not null)
        {
            snapshot.Apply(RootIs(first));
        }
        else if (wasLost)
        {
            // An earlier run reported the root as lost: the pump reports RootRestored and compares it.
            _orders.Add(new PumpOrder.RestoreRoot(snapshot.Root, first.Status));
        }
        else
        {
            snapshot.Apply(RootIs(first));
            if (!before.IsSame)
            {
                StoredTree.Fit(snapshot, before, files, cancellationToken);
            }

            var look = DirectoryLook.Reconcile | DirectoryLook.Offline | DirectoryLook.Tree | (store!.ComparesContent ? DirectoryLook.Content : DirectoryLook.None);
            _orders.Add(new PumpOrder.Compare(snapshot.Root, "", look, new TaskCompletionSource()));
        }

        snapshot.IndexIdentities();
    }
}
