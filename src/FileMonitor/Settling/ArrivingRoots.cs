using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>
/// Roots that are being added: a source is armed before the baseline is taken, and what it reports waits here until the pump has the baseline. Owner: the pump.
/// </summary>
internal sealed class ArrivingRoots(SettleContext context)
{
    private readonly Dictionary<MonitoredRoot, Arrival> _arrivals = [];

    /// <summary>Takes what waits for a root, which is added or removed; null when nothing does.</summary>
    public Arrival? Take(MonitoredRoot root) => _arrivals.Remove(root, out var arrival) ? arrival : null;

    /// <summary>Keeps a hint about a root whose baseline is not there yet, and drops one about a root that was removed.</summary>
    public bool MustWait(in FileChange hint)
    {
        if (context.Snapshots.Has(hint.Root))
        {
            return false;
        }

        if (hint.Root.IsRemoved)
        {
            context.Counters.Current.Pending--;
            context.Counters.Current.Ignored++;
            return true;
        }

        var arrival = ArrivalOf(hint.Root);
        if (arrival.Hints.Count < context.Rules.MaxPendingPaths)
        {
            arrival.Hints.Add(hint);
            return true;
        }

        context.Counters.Current.Pending--;
        context.Counters.Current.CutOff++;
        arrival.Losses.Add(new LostHints(hint.Root, "", IsTree: true, GapCause.QueueFull, 1, null));
        return true;
    }

    /// <summary>Keeps an order about a root whose baseline is not there yet.</summary>
    public bool MustWait(PumpOrder.OfRoot order)
    {
        if (order is PumpOrder.AddRoot or PumpOrder.RemoveRoot || context.Snapshots.Has(order.Root))
        {
            return false;
        }

        if (order.Root.IsRemoved)
        {
            // A comparison of a root that was removed is done: the periodic one waits for all roots.
            (order as PumpOrder.Compare)?.Done.TrySetResult();
        }
        else
        {
            ArrivalOf(order.Root).Orders.Add(order);
        }

        return true;
    }

    /// <summary>Keeps a loss of a root whose baseline is not there yet.</summary>
    public bool MustWait(in LostHints loss)
    {
        if (context.Snapshots.Has(loss.Root))
        {
            return false;
        }

        if (!loss.Root.IsRemoved)
        {
            ArrivalOf(loss.Root).Losses.Add(loss);
        }

        return true;
    }

    private Arrival ArrivalOf(MonitoredRoot root)
    {
        if (!_arrivals.TryGetValue(root, out var arrival))
        {
            _arrivals.Add(root, arrival = new Arrival());
        }

        return arrival;
    }

    /// <summary>What was reported about one root.</summary>
    internal sealed class Arrival
    {
        public List<FileChange> Hints { get; } = [];

        public List<PumpOrder> Orders { get; } = [];

        public List<LostHints> Losses { get; } = [];
    }
}
