namespace FileMonitor.Diagnostics;

/// <summary>
/// Counts hints by source. They are counted by root on arrival; the source of a root is asked on reading, so hints of a root that changed its
/// source count for the new one.
/// </summary>
/// <remarks>Owner of the fields: whoever holds the lock.</remarks>
internal sealed class HintTally(int roots)
{
    private readonly Lock _gate = new();
    private readonly long[] _seen = new long[roots];
    private readonly SortedDictionary<string, long> _bySource = new(StringComparer.Ordinal);

    /// <summary>The counts so far; none ever decreases.</summary>
    public IReadOnlyList<(string Source, long Hints)> Read(Func<int, long> received, Func<int, string> sourceOf, long own)
    {
        lock (_gate)
        {
            for (var root = 0; root < _seen.Length; root++)
            {
                // A hint that arrives while the inbox closes is subtracted again, so the count may be one lower than before.
                var now = Math.Max(_seen[root], received(root));
                var source = sourceOf(root);
                _bySource[source] = _bySource.GetValueOrDefault(source) + now - _seen[root];
                _seen[root] = now;
            }

            return [.. _bySource.Select(source => (source.Key, source.Value)), (MonitorReading.OwnHints, own)];
        }
    }
}
