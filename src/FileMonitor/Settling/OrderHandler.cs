namespace FileMonitor.Settling;

/// <summary>Takes the orders and the notes of losses out of the inbox, and answers those who wait. Owner: the pump.</summary>
internal sealed class OrderHandler(PumpParts parts, PumpInbox inbox)
{
    /// <returns>Whether an order changed what there is to do.</returns>
    public bool Take()
    {
        var any = false;
        while (inbox.TryReadOrder(out var order))
        {
            any = true;
            switch (order)
            {
                case PumpOrder.Compare compare:
                    parts.Requests.Add(compare);
                    break;
                case PumpOrder.Coverage condition:
                    parts.Gaps.NoteCoverage(condition);
                    break;
                case PumpOrder.LoseRoot lose:
                    parts.Roots.Lose(parts.Context.Snapshots[lose.Root.Index], lose.Problem);
                    break;
                case PumpOrder.RestoreRoot restore:
                    // What was lost before it was there again is found by the comparison that follows, and is no gap of its own.
                    TakeLosses();
                    parts.Roots.RestoreRoot(parts.Context.Snapshots[restore.Root.Index], restore.Status);
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

        if (parts.Requests.TryBeginFlush())
        {
            TakeLosses();
            parts.MarkAwaited();
        }

        return any;
    }

    public void TakeLosses()
    {
        while (inbox.TryReadLoss(out var loss))
        {
            parts.Gaps.NoteLoss(loss);
        }
    }

    /// <summary>Whoever flushes waits no longer. Others who flush still do, and what is awaited goes on as before.</summary>
    private void EndFlush(PumpOrder.EndFlush end)
    {
        IReadOnlyList<string> unreached = parts.Requests.Has(end.Waiting) ? parts.TellUnreached() : [];
        parts.Requests.EndFlush(end.Waiting);
        if (!parts.Requests.IsFlushing)
        {
            parts.Context.Progress.EndFlush();
            parts.Intake.EndFlush();
        }

        end.Unreached.TrySetResult(unreached);
    }

    /// <summary>Answers those whose wish is fulfilled.</summary>
    /// <returns>Whether another flush can begin.</returns>
    public bool CompleteWaiters()
    {
        parts.Requests.CompleteCompares();
        if (!parts.Requests.IsFlushing || !parts.IsFlushed)
        {
            return false;
        }

        // Before anyone is told: who flushes looks at the gaps that are left, and at the counters.
        parts.Readings.Publish();
        parts.Context.Progress.EndFlush();
        return parts.Requests.CompleteFlush();
    }
}
