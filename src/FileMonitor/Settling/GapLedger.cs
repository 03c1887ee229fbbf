using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// The open gaps (docs/guarantees.md). Losses of one cause in one root are one gap while they follow each other, so that a storm of losses is
/// not a storm of events. A condition is a gap of its own. Bounded by roots times causes, by the uncovered directories, and by
/// <see cref="MaxOfLostRoot"/> for each root. Owner: the pump.
/// </summary>
internal sealed class GapLedger(long quietPeriod, long lastNumber = 0)
{
    /// <summary>How many gaps may be open for one root that is lost again before it was compared.</summary>
    public const int MaxOfLostRoot = 16;

    private readonly Dictionary<(MonitoredRoot Root, GapCause Cause), Gap> _losses = [];
    private readonly Dictionary<(MonitoredRoot Root, GapCause Cause, string Directory), Gap> _conditions = [];

    // Gaps of roots that were restored and lost again before they were compared.
    private readonly List<Gap> _overtaken = [];
    private long _numbers = lastNumber;

    /// <summary>All open gaps.</summary>
    public IEnumerable<Gap> Open => _losses.Values.Concat(_conditions.Values).Concat(_overtaken);

    /// <summary>How many are open, by <see cref="GapCause"/>.</summary>
    public long[] CountByCause()
    {
        var counts = new long[Enum.GetValues<GapCause>().Length];
        foreach (var gap in Open)
        {
            counts[(int)gap.Cause]++;
        }

        return counts;
    }

    public int Count => _losses.Count + _conditions.Count + _overtaken.Count;

    /// <summary>
    /// When the quiet period of the next gap ends; null when none is ahead. A gap past its quiet period that is still open waits for work that
    /// wakes the pump itself.
    /// </summary>
    public long? NextDueAfter(long now)
    {
        long? next = null;
        foreach (var gap in _losses.Values)
        {
            var due = gap.LastAt + quietPeriod;
            next = due > now && due < (next ?? long.MaxValue) ? due : next;
        }

        return next;
    }

    /// <summary>Hints were lost; the caller has the directory compared.</summary>
    /// <returns>The gap when it is new and its event is to be emitted; otherwise null.</returns>
    public Gap? AddLoss(in LostHints loss, long now, DateTimeOffset utcNow)
    {
        if (_losses.TryGetValue((loss.Root, loss.Cause), out var gap))
        {
            gap.Directory = gap.Directory == loss.Directory ? gap.Directory : CommonDirectory(gap.Directory, loss.Directory);
            gap.Lost += loss.Count;
            gap.LastAt = now;
            return null;
        }

        gap = new Gap(++_numbers, loss.Root, loss.Cause, loss.Directory, loss.Detail ?? WordsFor(loss.Cause), utcNow) { Lost = loss.Count, LastAt = now };
        _losses.Add((loss.Root, loss.Cause), gap);
        return gap;
    }

    /// <summary>A directory is uncovered from now on.</summary>
    /// <returns>The gap when it is new and its event is to be emitted; otherwise null.</returns>
    public Gap? AddCondition(MonitoredRoot root, string directory, GapCause cause, string detail, DateTimeOffset utcNow)
    {
        if (_conditions.TryGetValue((root, cause, directory), out var gap))
        {
            gap.Detail = detail;
            gap.IsCovered = false;
            return null;
        }

        gap = new Gap(++_numbers, root, cause, directory, detail, utcNow) { IsCovered = false };
        _conditions.Add((root, cause, directory), gap);
        return gap;
    }

    /// <summary>
    /// A root is lost. Each RootLost event comes with a gap of its own, even while the gap of an earlier loss waits for its comparison. The
    /// earlier gap stays open, because that comparison did not end. A root that is lost again and again shares its last gap, so that memory is
    /// bounded.
    /// </summary>
    /// <returns>The gap when it is new and its event is to be emitted; otherwise null.</returns>
    public Gap? AddLostRoot(MonitoredRoot root, string problem, DateTimeOffset utcNow)
    {
        var key = (root, GapCause.RootLost, "");
        if (_conditions.TryGetValue(key, out var before) && before.IsCovered && _overtaken.Count(gap => gap.Root == root) < MaxOfLostRoot - 1)
        {
            _conditions.Remove(key);
            _overtaken.Add(before);
        }

        return AddCondition(root, "", GapCause.RootLost, problem, utcNow);
    }

    /// <summary>Whether a gap is open because the source of the root is, or was a moment ago, down.</summary>
    public bool IsSourceDown(MonitoredRoot root) =>
        _conditions.ContainsKey((root, GapCause.SourceOverflow, "")) || _conditions.ContainsKey((root, GapCause.SourceError, ""));

    /// <summary>Adds lost hints to the gap of a condition.</summary>
    public void AddTo(MonitoredRoot root, string directory, GapCause cause, int lost)
    {
        if (_conditions.TryGetValue((root, cause, directory), out var gap))
        {
            gap.Lost += lost;
        }
    }

    /// <summary>A condition is over; its gap is closed once the comparison that follows is done.</summary>
    /// <returns>Whether there was one.</returns>
    public bool EndCondition(MonitoredRoot root, string directory, GapCause cause)
    {
        var isKnown = _conditions.TryGetValue((root, cause, directory), out var gap);
        gap?.IsCovered = true;
        return isKnown;
    }

    /// <summary>
    /// Takes the gaps that can be closed: the comparison is done and nothing more was lost for a quiet period, or <paramref name="atOnce"/> is
    /// set.
    /// </summary>
    public IReadOnlyList<Gap> TakeHealed(long now, bool atOnce, Func<MonitoredRoot, bool> isHealed)
    {
        if (Count == 0)
        {
            return [];
        }

        var healed = Open.Where(gap => gap.IsCovered && (atOnce || now - gap.LastAt >= quietPeriod) && isHealed(gap.Root)).OrderBy(gap => gap.Number).ToList();
        foreach (var gap in healed)
        {
            _ = _losses.TryGetValue((gap.Root, gap.Cause), out var loss) && loss == gap
                ? _losses.Remove((gap.Root, gap.Cause))
                : _overtaken.Remove(gap) || _conditions.Remove((gap.Root, gap.Cause, gap.Directory));
        }

        return healed;
    }

    /// <summary>Takes all gaps of a root, which is removed.</summary>
    public IReadOnlyList<Gap> Remove(MonitoredRoot root)
    {
        var all = Open.Where(gap => gap.Root == root).OrderBy(gap => gap.Number).ToList();
        foreach (var gap in all)
        {
            _losses.Remove((root, gap.Cause));
            _conditions.Remove((root, gap.Cause, gap.Directory));
        }

        _overtaken.RemoveAll(gap => gap.Root == root);
        return all;
    }

    private static string WordsFor(GapCause cause) => cause == GapCause.QueueFull
        ? "Hints found the queue full. Their directories are compared with the disk; raise Queue.Capacity if this recurs."
        : "Hints are affected.";

    private static string CommonDirectory(string one, string other)
    {
        var common = one.AsSpan();
        while (!common.IsEmpty && !(other.AsSpan().StartsWith(common, StringComparison.Ordinal) && (other.Length == common.Length || other[common.Length] == '/')))
        {
            common = PathText.DirectoryOf(common);
        }

        return common.ToString();
    }
}
