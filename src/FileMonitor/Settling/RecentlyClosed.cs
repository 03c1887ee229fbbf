using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>
/// The paths that were settled recently because their writer had closed them. Bounded; a path that is dropped too early is examined once more. Owner: the
/// <see cref="Debouncer"/>.
/// </summary>
/// <param name="period">How long a path is kept, in timestamp units.</param>
internal sealed class RecentlyClosed(long period)
{
    private const int Capacity = 4096;

    private readonly Dictionary<(MonitoredRoot Root, string Path), long> _at = [];
    private readonly Queue<((MonitoredRoot Root, string Path) Key, long At)> _order = [];

    public bool Has(MonitoredRoot root, string path, long now) => _at.TryGetValue((root, path), out var at) && now - at < period;

    public void Add(MonitoredRoot root, string path, long now)
    {
        while (_order.TryPeek(out var oldest) && (now - oldest.At >= period || _order.Count >= Capacity))
        {
            _order.Dequeue();
            if (_at.TryGetValue(oldest.Key, out var latest) && latest == oldest.At)
            {
                _at.Remove(oldest.Key);
            }
        }

        _at[(root, path)] = now;
        _order.Enqueue(((root, path), now));
    }
}
