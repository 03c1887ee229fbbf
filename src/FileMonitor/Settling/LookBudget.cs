namespace FileMonitor.Settling;

/// <summary>
/// How many looks at the disk may be spent on the question where somebody is who is missed. It grows by a little with every change that is
/// settled and with time, up to what thorough searches of some thousand names take: so people, scripts and rotations get an exact answer,
/// and in a storm the work for each change stays bounded, whatever is pending. Owner: the pump.
/// </summary>
/// <param name="ticksPerSecond">Of the timestamps that are passed in.</param>
internal sealed class LookBudget(long ticksPerSecond)
{
    /// <summary>What is saved up at most.</summary>
    public const int Most = 16_384;

    // A look for every fourth change; and ten thousand looks are about a fiftieth of each second.
    private const double PerChange = 0.25;
    private const double PerSecond = 10_000;

    private double _left = Most;
    private long _filledAt;

    /// <summary>Whether names may be looked at for the sake of others.</summary>
    public bool HasAny => _left > 0;

    /// <summary>Whether there is enough to search where somebody is not likely to be.</summary>
    public bool IsAmple => _left > Most / 8;

    /// <summary>Another change is settled.</summary>
    /// <param name="now">A timestamp.</param>
    public void Earn(long now)
    {
        var passed = _filledAt == 0 ? 0 : Math.Max(0, now - _filledAt);
        _filledAt = now;
        _left = Math.Min(Most, _left + PerChange + (passed * PerSecond / ticksPerSecond));
    }

    public void Spend(int looks) => _left -= looks;
}
