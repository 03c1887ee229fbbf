using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>
/// Counts what is still under way of that which a flush waits for, and of that which an open gap waits for. Owner: the pump.
/// </summary>
internal sealed class SettleProgress(int roots)
{
    private readonly long[] _healing = new long[roots];
    private readonly long[] _found = new long[roots];

    /// <summary>Hints that the flush under way waits for.</summary>
    public long Awaited { get; private set; }

    /// <summary>Requests for a comparison up to this one are waited for by the flush under way.</summary>
    public long AwaitedTicket { get; private set; } = -1;

    /// <summary>Hints still under way that come of a comparison after a loss.</summary>
    public long Healing(MonitoredRoot root) => _healing[root.Index];

    /// <summary>Changes found by comparisons so far.</summary>
    public long Found(MonitoredRoot root) => _found[root.Index];

    public void BeginFlush(long latestTicket, int hints)
    {
        Awaited += hints;
        AwaitedTicket = latestTicket;
    }

    public void EndFlush() => AwaitedTicket = -1;

    /// <summary>A hint was taken, or given by the monitor itself.</summary>
    public void Hinted(MonitoredRoot root, bool isAwaited, bool isHealing)
    {
        Awaited += isAwaited ? 1 : 0;
        _healing[root.Index] += isHealing ? 1 : 0;
    }

    /// <summary>What is already under way is waited for, too.</summary>
    public void Await(PendingChange? change)
    {
        if (change is not null)
        {
            Awaited += change.Hints - change.Awaited;
            change.Awaited = change.Hints;
        }
    }

    /// <summary>Requests made because of something that is waited for are waited for, too.</summary>
    public void Extend(bool isAwaited, long latestTicket)
    {
        if (isAwaited && AwaitedTicket >= 0)
        {
            AwaitedTicket = latestTicket;
        }
    }

    /// <summary>All that follows from a change is done, or it is given up.</summary>
    public void Settled(PendingChange change)
    {
        Awaited -= change.Awaited;
        _healing[change.Root.Index] -= change.Healing;
    }

    /// <summary>An event was emitted.</summary>
    public void Found(MonitoredRoot root, bool byComparison) => _found[root.Index] += byComparison ? 1 : 0;
}
