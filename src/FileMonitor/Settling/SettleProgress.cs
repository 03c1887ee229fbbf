using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>Counts the unfinished hints that a flush or an open gap waits for. Owner: the pump.</summary>
internal sealed class SettleProgress
{
    private readonly PerRoot<ProgressOfRoot> _byRoot = new(static _ => new());

    /// <summary>Hints that the flush under way waits for.</summary>
    public long Awaited { get; private set; }

    /// <summary>The flush under way waits for requests for a comparison up to this ticket; -1 when it waits for none.</summary>
    public long AwaitedTicket { get; private set; } = -1;

    /// <summary>How many unfinished hints come from a comparison after a loss.</summary>
    public long Healing(MonitoredRoot root) => _byRoot[root].Healing;

    /// <summary>How many changes comparisons have found.</summary>
    public long Found(MonitoredRoot root) => _byRoot[root].Found;

    public void BeginFlush(long latestTicket, int hints)
    {
        Awaited += hints;
        AwaitedTicket = latestTicket;
    }

    public void EndFlush() => AwaitedTicket = -1;

    /// <summary>Counts a hint that was taken from the inbox or that the monitor gave itself.</summary>
    public void Hinted(MonitoredRoot root, bool isAwaited, bool isHealing)
    {
        Awaited += isAwaited ? 1 : 0;
        if (isHealing)
        {
            _byRoot[root].Healing++;
        }
    }

    /// <summary>The flush waits for a change that is already under way.</summary>
    public void Await(PendingChange? change)
    {
        if (change is not null)
        {
            Awaited += change.Hints - change.Awaited;
            change.Awaited = change.Hints;
        }
    }

    /// <summary>The flush also waits for requests that follow from a change it waits for.</summary>
    public void Extend(bool isAwaited, long latestTicket)
    {
        if (isAwaited && AwaitedTicket >= 0)
        {
            AwaitedTicket = latestTicket;
        }
    }

    /// <summary>A change and all that follows from it is settled, or given up.</summary>
    public void Settled(PendingChange change)
    {
        Awaited -= change.Awaited;
        if (change.Healing > 0)
        {
            _byRoot[change.Root].Healing -= change.Healing;
        }
    }

    /// <summary>Counts an event, if it was found by a comparison.</summary>
    public void Found(MonitoredRoot root, bool byComparison)
    {
        if (byComparison)
        {
            _byRoot[root].Found++;
        }
    }

    /// <summary>The root is removed.</summary>
    public void Remove(MonitoredRoot root) => _byRoot.Remove(root);

    private sealed class ProgressOfRoot
    {
        public long Healing { get; set; }

        public long Found { get; set; }
    }
}
