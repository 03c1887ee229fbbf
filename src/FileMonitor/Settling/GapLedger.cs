using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Which gaps are open. Losses of one cause in one root add up to one gap while they follow each other, so that a storm is one gap and not a
/// second storm; a condition that lasts is a gap of its own. Bounded by roots times causes, by the directories that cannot be covered, and by
/// <see cref="MaxOfLostRoot"/> for each root. Owner: the pump.
/// </summary>
internal sealed class GapLedger(long quietPeriod, long lastNumber = 0)
{
    /// <summary>How many gaps of one root are open at once because it was lost again before it could be compared.</summary>
    public const int MaxOfLostRoot = 16;

    private readonly Dictionary<(MonitoredRoot Root, GapCause Cause), Gap> _losses = [];
    private readonly Dictionary<(MonitoredRoot Root, GapCause Cause, string Directory), Gap> _conditions = [];

    // Gaps of roots that were back, and were lost again before they could be compared.
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
    /// When the next gap may be closed, if what it waits for is done by then; null when none may. One that is due and still open waits for
    /// something else, which will wake the pump itself.
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

    /// <summary>Hints were lost; what is affected is being compared.</summary>
    /// <returns>The gap, when it is a new one that has to be told.</returns>
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

    /// <summary>A directory is not covered from now on.</summary>
    /// <returns>The gap, when it is a new one that has to be told.</returns>
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
    /// A root is lost. Whoever is told so is told a gap each time, so it is a gap of its own also where the one before waits for its comparison. That
    /// one stays open: nothing was compared to the end. A root that comes and goes without end shares its last gap, so that memory is bounded.
    /// </summary>
    /// <returns>The gap, when it is a new one that has to be told.</returns>
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

    /// <summary>Whether the source of a root is, or was until a moment ago, known not to notice anything.</summary>
    public bool IsSourceDown(MonitoredRoot root) =>
        _conditions.ContainsKey((root, GapCause.SourceOverflow, "")) || _conditions.ContainsKey((root, GapCause.SourceError, ""));

    /// <summary>Hints were lost because of a condition.</summary>
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

    /// <summary>Takes the gaps that are healed: nothing more was lost for a quiet period, unless there is no time for that.</summary>
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
