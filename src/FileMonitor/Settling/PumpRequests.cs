using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>The callers that wait for the pump: flushes and requested comparisons. Owner: the pump.</summary>
internal sealed class PumpRequests(SettleContext context)
{
    private readonly List<PumpOrder.Compare> _compares = [];
    private readonly List<PumpOrder.Flush> _flushes = [];
    private readonly List<PumpOrder.Flush> _nextFlushes = [];

    /// <summary>Whether a caller waits for a flush.</summary>
    public bool IsFlushing => _flushes.Count > 0;

    /// <summary>Requests the comparison of a directory.</summary>
    public void Add(PumpOrder.Compare compare)
    {
        var snapshot = context.Snapshots[compare.Root];
        if (snapshot.IsLost || context.IsStopping)
        {
            compare.Done.TrySetResult();
            return;
        }

        context.Reconciler.Request(snapshot, snapshot.FindClosestDirectory(compare.Directory), compare.Look);
        _compares.Add(compare);
    }

    public void Add(PumpOrder.Flush flush) => _nextFlushes.Add(flush);

    /// <summary>Begins the requested flush, unless one is running. Later requests share the next one.</summary>
    public bool TryBeginFlush()
    {
        if (IsFlushing || _nextFlushes.Count == 0)
        {
            return false;
        }

        _flushes.AddRange(_nextFlushes);
        _nextFlushes.Clear();
        return true;
    }

    /// <summary>Whether a caller still waits for its flush.</summary>
    public bool Has(Task flush) => _flushes.Exists(one => one.Done.Task == flush) || _nextFlushes.Exists(one => one.Done.Task == flush);

    /// <summary>Ends the wait of one caller of a flush; others go on waiting.</summary>
    public void EndFlush(Task flush)
    {
        foreach (var flushes in new[] { _flushes, _nextFlushes })
        {
            foreach (var one in flushes.FindAll(one => one.Done.Task == flush))
            {
                one.Done.TrySetResult();
                flushes.Remove(one);
            }
        }
    }

    /// <summary>The flush is done.</summary>
    /// <returns>Whether another one can begin.</returns>
    public bool CompleteFlush()
    {
        _flushes.ForEach(static flush => flush.Done.TrySetResult());
        _flushes.Clear();
        return _nextFlushes.Count > 0;
    }

    /// <summary>Completes requests whose comparison is done or will not be made.</summary>
    public void CompleteCompares()
    {
        for (var i = _compares.Count - 1; i >= 0; i--)
        {
            if (IsCompared(_compares[i]) || context.Snapshots[_compares[i].Root].IsLost || context.IsStopping)
            {
                if (_compares[i].Look.HasFlag(DirectoryLook.Offline))
                {
                    context.Snapshots[_compares[i].Root].EndCatchingUp();
                }

                _compares[i].Done.TrySetResult();
                _compares.RemoveAt(i);
            }
        }
    }

    /// <summary>Runs a delegate over the snapshots.</summary>
    public void Inspect(PumpOrder.Inspect inspect)
    {
        try
        {
            inspect.Look(context.Snapshots);
            inspect.Done.TrySetResult();
        }
        catch (Exception defect)
        {
            inspect.Done.TrySetException(defect);
        }
    }

    /// <summary>The pump ends: cancels all waiting callers.</summary>
    public void CancelAll(PumpInbox inbox)
    {
        inbox.EndOrders();
        while (inbox.TryReadOrder(out var order))
        {
            Cancel(order);
        }

        _compares.ForEach(Cancel);
        _flushes.ForEach(Cancel);
        _nextFlushes.ForEach(Cancel);
    }

    private bool IsCompared(PumpOrder.Compare compare) =>
        compare.Look.HasFlag(DirectoryLook.Reconcile) ? context.Reconciler.HasHealed(compare.Root) : context.Reconciler.HasCompared(compare.Root);

    /// <summary>Nobody carries out an order: cancels whoever waits for it.</summary>
    public static void Cancel(PumpOrder order)
    {
        var done = order switch
        {
            PumpOrder.Compare compare => compare.Done,
            PumpOrder.Flush flush => flush.Done,
            PumpOrder.Inspect inspect => inspect.Done,
            PumpOrder.AddRoot add => add.Done,
            PumpOrder.RemoveRoot remove => remove.Done,
            _ => null,
        };
        done?.TrySetCanceled();
        (order as PumpOrder.EndFlush)?.Unreached.TrySetCanceled();
    }
}
