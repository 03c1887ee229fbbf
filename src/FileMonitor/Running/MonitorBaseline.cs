using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Settling;
using FileMonitor.Tree;

namespace FileMonitor.Running;

/// <summary>
/// What each root is known to hold when the pump starts: what an earlier run stored, to be compared with the disk, or what is on the disk. Before the pump
/// runs.
/// </summary>
/// <param name="options">The options of the monitor.</param>
/// <param name="store">Where an earlier run stored it; null where there is no store.</param>
/// <param name="files">How to look.</param>
/// <param name="recorder">Records what changes from now on; null without a store.</param>
internal sealed class MonitorBaseline(FileMonitorOptions options, IMonitorStore? store, IFileView files, TreeRecorder? recorder)
{
    private readonly List<PumpOrder> _orders = [];

    /// <summary>Whether a comparison that was ordered is not through. Any thread, once the pump runs.</summary>
    public bool IsComparing => _orders.OfType<PumpOrder.Compare>().Any(static compare => !compare.Done.Task.IsCompleted);

    /// <summary>Tells the pump what to do first: compare what was stored with the disk.</summary>
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

    /// <param name="snapshot">Empty.</param>
    /// <param name="first">What stands at the root's path.</param>
    /// <param name="unreadable">Told of each directory that could not be read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public void Take(Snapshot snapshot, RootSighting first, Action<string, FileStatusOutcome> unreadable, CancellationToken cancellationToken)
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
                snapshot, files, options.Report.Baseline, unreadable, store is null ? null : delta => store.AddToBaseline(snapshot.Root, delta), cancellationToken);
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
            // An earlier run said that it was lost: the pump says that it is there again, and compares it.
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
