namespace FileMonitor.RabbitMq.Publishing;

/// <summary>
/// Pauses that double, with jitter, until something works again. Not Polly's: that counts the attempts of one call, and here a confirmation, which comes at any time, begins
/// anew. One owner.
/// </summary>
internal sealed class Backoff
{
    private readonly TimeSpan _first;
    private readonly TimeSpan _longest;
    private readonly Func<double> _chance;
    private TimeSpan _pause;

    public Backoff(TimeSpan first, TimeSpan longest, Func<double> chance)
    {
        (_first, _longest, _chance) = (first, longest, chance);
        _pause = first;
    }

    /// <summary>The next pause: from half of it to all of it, so that hosts which lost the same broker do not come back at the same time.</summary>
    public TimeSpan Next()
    {
        var pause = _pause;
        _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, _longest.Ticks));
        return pause * (0.5 + (_chance() / 2));
    }

    public void Reset() => _pause = _first;
}
