namespace FileMonitor.Settling;

/// <summary>
/// Limits the looks at the disk that are spent on finding missing items. The budget grows with every settled change and with time, up to a
/// thorough search of some thousand names. So ordinary use gets an exact answer, and in a storm the work for each change stays bounded. Owner:
/// the pump.
/// </summary>
/// <param name="ticksPerSecond">The frequency of the timestamps that callers pass in.</param>
/// <param name="most">The largest budget, and the one to begin with.</param>
internal sealed class LookBudget(long ticksPerSecond, int most = LookBudget.Most)
{
    /// <summary>The largest budget of a monitor.</summary>
    public const int Most = 16_384;

    // One look for every fourth change. Ten thousand looks take about a fiftieth of a second.
    private const double PerChange = 0.25;
    private const double PerSecond = 10_000;

    private double _left = most;
    private long _filledAt;

    /// <summary>Whether any budget is left.</summary>
    public bool HasAny => _left > 0;

    /// <summary>Whether there is enough for a search of unlikely places.</summary>
    public bool IsAmple => _left > most / 8;

    /// <summary>Adds to the budget: another change is being settled.</summary>
    /// <param name="now">A timestamp.</param>
    public void Earn(long now)
    {
        var passed = _filledAt == 0 ? 0 : Math.Max(0, now - _filledAt);
        _filledAt = now;
        _left = Math.Min(most, _left + PerChange + (passed * PerSecond / ticksPerSecond));
    }

    public void Spend(int looks) => _left -= looks;
}
