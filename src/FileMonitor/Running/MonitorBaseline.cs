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

    // Any thread reads it; replaced as a whole by whoever adds roots.
    private volatile PumpOrder.Compare[] _comparing = [];

    // For ItemsFound, while the monitor starts: the snapshot that is being filled, and the items of those before it.
    private volatile Snapshot? _filling;
    private int _itemsBefore;

    /// <summary>Whether a comparison that was ordered is not through. Any thread, once the pump runs.</summary>
    public bool IsComparing => Array.Exists(_comparing, static compare => !compare.Done.Task.IsCompleted);

    /// <summary>How many items the start has found so far. Any thread.</summary>
    public int ItemsFound => Volatile.Read(ref _itemsBefore) + (_filling?.Count ?? 0);

    /// <summary>Gives the pump its first orders: gaps for lost state, and the comparison of stored baselines with the disk.</summary>
    public void Order(PumpInbox inbox)
    {
        foreach (var (root, detail) in store?.Losses ?? [])
        {
            inbox.ReportLoss(root, "", GapCause.StateLost, detail);
        }

        OrderComparisons(inbox);
    }

    private void OrderComparisons(PumpInbox inbox)
    {
        _comparing = [.. _comparing.Where(static compare => !compare.Done.Task.IsCompleted), .. _orders.OfType<PumpOrder.Compare>()];
        _orders.ForEach(order => inbox.Order(order));
        _orders.Clear();
    }

    /// <summary>Fills the snapshot of a root that is added while the monitor runs, and gives it to the pump.</summary>
    public async Task AddAsync(ResolvedRoot resolved, PumpInbox inbox, CancellationToken cancellationToken)
    {
        if (store is null)
        {
            var taken = await Task.Run(() => Take(resolved, cancellationToken), cancellationToken).ConfigureAwait(false);
            await GiveAsync(taken, inbox, cancellationToken).ConfigureAwait(false);
            return;
        }

        var add = New(resolved);
        var stored = await store.AddRootAsync(resolved.Options, add.Snapshot, resolved.First.Status).ConfigureAwait(false);
        if (stored.Before is { } before)
        {
            await Task.Run(() => TakeStored(add.Snapshot, resolved.First, before, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await Task.Run(() => Scan(add, resolved.First, found: null, cancellationToken), cancellationToken).ConfigureAwait(false);
            await store.StoreBaselineAsync(add.Snapshot).ConfigureAwait(false);
            recorder!.Watch(add.Snapshot);
        }

        await GiveAsync(add, inbox, cancellationToken).ConfigureAwait(false);
        if (stored.Loss is { } loss)
        {
            inbox.ReportLoss(resolved.Root, "", GapCause.StateLost, loss);
        }

        OrderComparisons(inbox);
    }

    /// <summary>A root was removed, or could not be added.</summary>
    /// <param name="root">The root.</param>
    /// <param name="forgets">Whether its stored baseline is of no use any more.</param>
    public Task RemoveAsync(MonitoredRoot root, bool forgets) => store?.RemoveRootAsync(root, forgets) ?? Task.CompletedTask;

    /// <inheritdoc cref="IMonitorStore.ForgetFollowedAsync"/>
    /// <remarks>Not before what is stored was compared with the disk: until then a link of an earlier run counts as being there.</remarks>
    public Task ForgetFollowedAsync(Func<string, bool> mayLead) => store is null || IsComparing ? Task.CompletedTask : store.ForgetFollowedAsync(mayLead);

    private static async Task GiveAsync(PumpOrder.AddRoot add, PumpInbox inbox, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!inbox.Order(add))
        {
            add.Done.TrySetCanceled(CancellationToken.None);
        }

        await add.Done.Task.ConfigureAwait(false);
    }

    private static PumpOrder.AddRoot New(ResolvedRoot resolved) =>
        new(new Snapshot(resolved.Root), resolved.First.Problem, [], new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Fills the snapshot of a root.</summary>
    /// <returns>The order that gives it to the pump.</returns>
    /// <param name="resolved">The root.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public PumpOrder.AddRoot Take(ResolvedRoot resolved, CancellationToken cancellationToken)
    {
        var add = New(resolved);
        var (snapshot, first) = (add.Snapshot, resolved.First);
        Volatile.Write(ref _itemsBefore, ItemsFound);
        _filling = snapshot;
        if (store?.Load(snapshot, first.Status) is { } before)
        {
            TakeStored(snapshot, first, before, cancellationToken);
            return add;
        }

        store?.AddToBaseline(snapshot.Root, RootIs(first));
        Scan(add, first, store is null ? null : delta => store.AddToBaseline(snapshot.Root, delta), cancellationToken);
        store?.CompleteBaseline(snapshot.Root);
        recorder?.Watch(snapshot);
        return add;
    }

    private void Scan(PumpOrder.AddRoot add, RootSighting first, Action<TreeDelta>? found, CancellationToken cancellationToken)
    {
        add.Snapshot.Apply(RootIs(first));
        if (first.Problem is null)
        {
            BaselineScan.Fill(add.Snapshot, files, (path, outcome) => add.Unreadable.Add((path, outcome)), found, cancellationToken);
        }
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
            if (!before.IsSame && StoredTree.Fit(snapshot, before, files, cancellationToken) is > 0 and var items)
            {
                store!.NoteNewlyCovered(snapshot.Root, items);
            }

            var look = DirectoryLook.Reconcile | DirectoryLook.Offline | DirectoryLook.Tree | (store!.ComparesContent ? DirectoryLook.Content : DirectoryLook.None);
            snapshot.BeginCatchingUp();
            _orders.Add(new PumpOrder.Compare(snapshot.Root, "", look, new TaskCompletionSource()));
        }

        snapshot.IndexIdentities();
    }
}
