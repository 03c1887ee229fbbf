namespace FileMonitor.Diagnostics;

/// <summary>
/// Hints by the source that gave them. They are counted by root, where they come in; which source that was is asked when somebody reads, so a
/// root that changes hands in between counts for the one that has it then.
/// </summary>
/// <remarks>All fields belong to whoever holds the lock.</remarks>
internal sealed class HintTally(int roots)
{
    private readonly Lock _gate = new();
    private readonly long[] _seen = new long[roots];
    private readonly SortedDictionary<string, long> _bySource = new(StringComparer.Ordinal);

    /// <summary>The numbers so far; none of them ever falls.</summary>
    public IReadOnlyList<(string Source, long Hints)> Read(Func<int, long> received, Func<int, string> sourceOf, long own)
    {
        lock (_gate)
        {
            for (var root = 0; root < _seen.Length; root++)
            {
                // A hint that came with the end of the queue is taken back: the count may be one lower than before.
                var now = Math.Max(_seen[root], received(root));
                var source = sourceOf(root);
                _bySource[source] = _bySource.GetValueOrDefault(source) + now - _seen[root];
                _seen[root] = now;
            }

            return [.. _bySource.Select(source => (source.Key, source.Value)), (MonitorReading.OwnHints, own)];
        }
    }
}
