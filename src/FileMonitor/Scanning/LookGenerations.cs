using FileMonitor.Extending;

namespace FileMonitor.Scanning;

/// <summary>
/// Which requests to look into new directories are under way, by when they were first asked for. What follows from a directory (those found in
/// it) belongs to the generation of that directory: so a file that is missed can wait for all that may show it, and for nothing that is newer.
/// Owner: the <see cref="Reconciler"/>.
/// </summary>
internal sealed class LookGenerations(int roots)
{
    private readonly Dictionary<long, long> _byTicket = [];
    private readonly SortedDictionary<long, int>[] _counts = [.. Enumerable.Range(0, roots).Select(static _ => new SortedDictionary<long, int>())];

    public long Latest { get; private set; }

    public long Close() => Latest++;

    public bool HasAny(MonitoredRoot root, long generation)
    {
        foreach (var (first, _) in _counts[root.Index])
        {
            return first <= generation;
        }

        return false;
    }

    /// <summary>A directory was asked for.</summary>
    public void Add(MonitoredRoot root, long ticket, Listing? after)
    {
        // What follows from a comparison after a loss may show anything that was ever missed.
        var generation = after is null ? Latest : _byTicket.GetValueOrDefault(after.Ticket);
        _byTicket.Add(ticket, generation);
        _counts[root.Index][generation] = _counts[root.Index].GetValueOrDefault(generation) + 1;
    }

    /// <summary>It was compared, or will not be. Nothing happens for a ticket that was not added.</summary>
    public void Remove(MonitoredRoot root, long ticket)
    {
        if (!_byTicket.Remove(ticket, out var generation))
        {
            return;
        }

        var counts = _counts[root.Index];
        if (--counts[generation] == 0)
        {
            counts.Remove(generation);
        }
    }

    public void Clear()
    {
        _byTicket.Clear();
        Array.ForEach(_counts, static counts => counts.Clear());
    }
}
