namespace FileMonitor.Pipeline;

/// <summary>
/// Gathers losses into one gap per root and cause, so that a storm is one event and not a second storm. Bounded by roots times causes.
/// Owner: the pump.
/// </summary>
internal sealed class GapLedger(long quietPeriod)
{
    private readonly Dictionary<(MonitoredRoot Root, GapCause Cause), Note> _open = [];

    /// <summary>When the next gap is to be told.</summary>
    public long? NextDue => _open.Count == 0 ? null : _open.Values.Min(note => note.Since) + quietPeriod;

    public void Add(in LostHints loss, long now)
    {
        var key = (loss.Root, loss.Cause);
        if (!_open.TryGetValue(key, out var note))
        {
            _open[key] = new Note(loss.Directory, loss.Count, loss.Detail, now);
            return;
        }

        _open[key] = note with
        {
            Directory = note.Directory == loss.Directory ? note.Directory : CommonDirectory(note.Directory, loss.Directory),
            Count = note.Count + loss.Count,
            Detail = note.Detail ?? loss.Detail,
        };
    }

    /// <summary>Takes the gaps whose time has come; all of them with <paramref name="all"/>.</summary>
    public IReadOnlyList<(MonitoredRoot Root, GapCause Cause, string Directory, long Count, string? Detail)> TakeDue(long now, bool all)
    {
        if (_open.Count == 0)
        {
            return [];
        }

        var due = _open.Where(open => all || now - open.Value.Since >= quietPeriod).ToList();
        foreach (var (key, _) in due)
        {
            _open.Remove(key);
        }

        return [.. due.Select(open => (open.Key.Root, open.Key.Cause, open.Value.Directory, open.Value.Count, open.Value.Detail))];
    }

    private static string CommonDirectory(string one, string other)
    {
        var common = one.AsSpan();
        while (!common.IsEmpty && !(other.AsSpan().StartsWith(common, StringComparison.Ordinal) && (other.Length == common.Length || other[common.Length] == '/')))
        {
            common = PathText.DirectoryOf(common);
        }

        return common.ToString();
    }

    private sealed record Note(string Directory, long Count, string? Detail, long Since);
}
