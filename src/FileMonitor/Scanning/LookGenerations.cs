using FileMonitor.Extending;

namespace FileMonitor.Scanning;

/// <summary>
/// The requests to scan new directories that are under way, by generation. A request for a directory found in another one has the generation of
/// that one. So a missing file waits for all scans that may show it, and for no newer one. Owner: the <see cref="Reconciler"/>.
/// </summary>
internal sealed class LookGenerations
{
    private readonly Dictionary<long, long> _byTicket = [];
    private readonly PerRoot<SortedDictionary<long, int>> _counts = new(static _ => []);

    public long Latest { get; private set; }

    public long Close() => Latest++;

    public bool HasAny(MonitoredRoot root, long generation)
    {
        foreach (var (first, _) in _counts[root])
        {
            return first <= generation;
        }

        return false;
    }

    /// <summary>A scan was requested.</summary>
    public void Add(MonitoredRoot root, long ticket, Listing? after)
    {
        // A request that follows from a comparison after a loss gets generation 0: it may show any missing item.
        var generation = after is null ? Latest : _byTicket.GetValueOrDefault(after.Ticket);
        _byTicket.Add(ticket, generation);
        _counts[root][generation] = _counts[root].GetValueOrDefault(generation) + 1;
    }

    /// <summary>The directory was compared, or will not be. Ignores a ticket that was not added.</summary>
    public void Remove(MonitoredRoot root, long ticket)
    {
        if (!_byTicket.Remove(ticket, out var generation))
        {
            return;
        }

        var counts = _counts[root];
        if (counts.TryGetValue(generation, out var count) && (counts[generation] = count - 1) == 0)
        {
            counts.Remove(generation);
        }
    }

    /// <summary>The root is removed.</summary>
    public void Remove(MonitoredRoot root) => _counts.Remove(root);

    public void Clear()
    {
        _byTicket.Clear();
        Array.ForEach(_counts.All, static counts => counts.Clear());
    }
}
