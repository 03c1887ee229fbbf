namespace FileMonitor.Pipeline;

/// <summary>Raises the pump's signal when the next thing is due. The pump sets it; the timer's own thread only says that it fired.</summary>
internal sealed class PumpTimer : IDisposable
{
    private readonly TimeProvider _time;
    private readonly PumpSignal _signal;
    private readonly ITimer _timer;
    private long _setFor = long.MaxValue;

    public PumpTimer(TimeProvider time, PumpSignal signal)
    {
        _time = time;
        _signal = signal;
        _timer = time.CreateTimer(static state => ((PumpTimer)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sees to it that the signal is raised at a timestamp, or sooner; <see cref="long.MaxValue"/> for never.</summary>
    public void Set(long due, long now)
    {
        // A timer that fires before the next due time is left alone: bursts keep moving that time, and one wake-up more is cheaper.
        if (due == long.MaxValue || Interlocked.Read(ref _setFor) <= due)
        {
            return;
        }

        // Rounded up, because a timer that fires early would only make the loop turn; and at least two milliseconds, so that under a steady
        // load what is due at about the same time is settled in one turn.
        var wait = Math.Ceiling(Math.Max(0, due - now) * 1000.0 / _time.TimestampFrequency);
        Interlocked.Exchange(ref _setFor, due);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(wait, 2, int.MaxValue)), Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Fire()
    {
        // Unset first: whoever the signal wakes must find that no timer is running and set the next one.
        Interlocked.Exchange(ref _setFor, long.MaxValue);
        _signal.Set();
    }
}
