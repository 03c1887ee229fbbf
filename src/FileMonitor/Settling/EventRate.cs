namespace FileMonitor.Settling;

/// <summary>
/// Limits the events per second with a bucket of one second. Not the limiter of .NET, which reads a clock of its own; here `now` is an argument.
/// Owner: the pump.
/// </summary>
internal sealed class EventRate(int perSecond, long ticksPerSecond)
{
    private double _tokens = perSecond;
    private long _filledAt;

    public bool IsLimited => perSecond > 0;

    public void Spend() => _tokens--;

    /// <summary>Whether another change may be settled. Deleting a tree may exceed the limit; later changes then wait longer.</summary>
    /// <param name="now">A timestamp.</param>
    /// <param name="underWay">Changes whose files are still being read: their events need room, too.</param>
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

    /// <summary>When another change may be settled.</summary>
    public long NextRoom(long now, int underWay) => now + (long)Math.Ceiling((1 + underWay - _tokens) * ticksPerSecond / perSecond);
}
