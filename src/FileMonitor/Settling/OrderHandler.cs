namespace FileMonitor.Settling;

/// <summary>Carries out the orders and losses of the inbox, and completes the waiting tasks. Owner: the pump.</summary>
internal sealed class OrderHandler(PumpParts parts, PumpInbox inbox)
{
    private readonly RootSet _roots = new(parts);

    /// <returns>Whether there was an order.</returns>
    public bool Take()
    {
        var any = false;
        while (inbox.TryReadOrder(out var order))
        {
            any = true;
            if (order is not PumpOrder.OfRoot { } ofRoot || !parts.Arriving.MustWait(ofRoot))
            {
                CarryOut(order);
            }
        }

        if (parts.Requests.TryBeginFlush())
        {
            TakeLosses();
            parts.MarkAwaited();
        }

        return any;
    }

    /// <summary>Adds a root with its baseline.</summary>
    public void Add(PumpOrder.AddRoot add)
    {
        _roots.Add(add, CarryOut);
        add.Done.TrySetResult();
    }

    private void CarryOut(PumpOrder order)
    {
        switch (order)
        {
            case PumpOrder.AddRoot add:
                Add(add);
                break;
            case PumpOrder.RemoveRoot remove:
                TakeLosses();
                _roots.Remove(remove.Root);
                remove.Done.TrySetResult();
                break;
            case PumpOrder.Compare compare:
                parts.Requests.Add(compare);
                break;
            case PumpOrder.ReportCoverage condition:
                parts.Gaps.NoteCoverage(condition);
                break;
            case PumpOrder.MarkRootLost lose:
                parts.Roots.MarkLost(parts.Context.Snapshots[lose.Root], lose.Problem);
                break;
            case PumpOrder.RestoreRoot restore:
                // Losses from before are covered by the comparison of the restored root; take them first, so that they open no gap of their
                // own afterwards.
                TakeLosses();
                parts.Roots.RestoreRoot(parts.Context.Snapshots[restore.Root], restore.Status);
                break;
            case PumpOrder.Flush flush:
                parts.Requests.Add(flush);
                break;
            case PumpOrder.EndFlush end:
                EndFlush(end);
                break;
            case PumpOrder.Inspect inspect:
                parts.Requests.Inspect(inspect);
                break;
        }
    }

    public void TakeLosses()
    {
        while (inbox.TryReadLoss(out var loss))
        {
            if (!parts.Arriving.MustWait(loss))
            {
                parts.Gaps.NoteLoss(loss);
            }
        }
    }

    /// <summary>Ends one caller's wait. Other callers keep waiting, and the work goes on.</summary>
    private void EndFlush(PumpOrder.EndFlush end)
    {
        IReadOnlyList<string> unreached = parts.Requests.Has(end.Waiting) ? parts.EmitUnreached() : [];
        parts.Requests.EndFlush(end.Waiting);
        if (!parts.Requests.IsFlushing)
        {
            parts.Context.Progress.EndFlush();
            parts.Intake.EndFlush();
        }

        end.Unreached.TrySetResult(unreached);
    }

    /// <summary>Completes the comparisons and flushes that are finished.</summary>
    /// <returns>Whether another flush can begin.</returns>
    public bool CompleteWaiters()
    {
        parts.Requests.CompleteCompares();
        if (!parts.Requests.IsFlushing || !parts.IsFlushed)
        {
            return false;
        }

        // Publish first: the caller of a flush reads the open gaps and the counters.
        parts.Readings.Publish();
        parts.Context.Progress.EndFlush();
        return parts.Requests.CompleteFlush();
    }
}
