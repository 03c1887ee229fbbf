namespace FileMonitor.Settling;

/// <summary>
/// Holds back changes while more events were emitted than the limit allows: a bucket of one second. Not the BCL's limiter, which reads a
/// clock of its own; here `now` is an argument. Owner: the pump.
/// </summary>
internal sealed class EventRate(int perSecond, long ticksPerSecond)
{
    private double _tokens = perSecond;
    private long _filledAt;

    public bool IsLimited => perSecond > 0;

    public void Spend() => _tokens--;

    /// <summary>Whether another change may be settled. A deleted tree may overdraw; what follows then waits longer.</summary>
    /// <param name="now">A timestamp.</param>
    /// <param name="underWay">Changes whose events are still to come, because a file is being read: for them there must be room, too.</param>
    public bool HasRoom(long now, int underWay)
    {
        if (!IsLimited)
        {
            return true;
        }

        if (_filledAt != 0)
        {
            _tokens = Math.Min(perSecond, _tokens + ((now - _filledAt) * (double)perSecond / ticksPerSecond));
        }

        _filledAt = now;
        return _tokens - underWay >= 1;
    }

    /// <summary>When there is room again.</summary>
    public long NextRoom(long now, int underWay) => now + (long)Math.Ceiling((1 + underWay - _tokens) * ticksPerSecond / perSecond);
}
