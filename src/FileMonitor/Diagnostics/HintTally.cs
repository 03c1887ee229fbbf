namespace FileMonitor.Diagnostics;

/// <summary>
/// Counts hints by source. They are counted by root on arrival; the source of a root is asked on reading, so hints of a root that changed its
/// source count for the new one.
/// </summary>
/// <remarks>Owner of the fields: whoever holds the lock.</remarks>
internal sealed class HintTally
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, long> _bySource = new(StringComparer.Ordinal);
    private Dictionary<object, long> _seen = [];

    /// <summary>The counts so far; none ever decreases.</summary>
    /// <param name="roots">The roots that there are, with the source of each and how many hints of it were received.</param>
    /// <param name="own">How many hints the monitor gave itself.</param>
    public IReadOnlyList<(string Source, long Hints)> Read(IEnumerable<(object Root, string Source, long Received)> roots, long own)
    {
        lock (_gate)
        {
            var seen = new Dictionary<object, long>();
            foreach (var (root, source, received) in roots)
            {
                // A hint that arrives while the inbox closes is subtracted again, so the count may be one lower than before.
                var before = _seen.GetValueOrDefault(root);
                var now = Math.Max(before, received);
                _bySource[source] = _bySource.GetValueOrDefault(source) + now - before;
                seen[root] = now;
            }

            _seen = seen;
            return [.. _bySource.Select(source => (source.Key, source.Value)), (MonitorReading.OwnHints, own)];
        }
    }
}
