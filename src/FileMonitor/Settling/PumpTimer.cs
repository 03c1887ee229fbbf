namespace FileMonitor.Settling;

/// <summary>
/// Lets the pump's thread sleep until the next due time. With the system clock the wait has a timeout; with another clock (tests) a timer raises the signal.
/// </summary>
internal sealed class PumpTimer : IDisposable
{
    private readonly TimeProvider _time;
    private readonly PumpSignal _signal;
    private readonly ITimer? _timer;
    private long _setFor = long.MaxValue;

    public PumpTimer(TimeProvider time, PumpSignal signal)
    {
        _time = time;
        _signal = signal;
        if (time != TimeProvider.System)
        {
            _timer = time.CreateTimer(static state => ((PumpTimer)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Blocks until the signal is set or a timestamp is reached; <see cref="long.MaxValue"/> for never.</summary>
    public void Sleep(long due, long now)
    {
        if (due == long.MaxValue)
        {
            _signal.Wait(Timeout.InfiniteTimeSpan);
            return;
        }

        // Round up, because an early wake-up does nothing; and wait at least two milliseconds, so that under a steady load changes due at about the same time are
        // settled in one turn.
        var milliseconds = Math.Ceiling(Math.Max(0, due - now) * 1000.0 / _time.TimestampFrequency);
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 2, int.MaxValue));
        if (_timer is null)
        {
            _signal.Wait(wait);
            return;
        }

        // Keep a timer that fires earlier: the loop makes one more turn.
        if (Interlocked.Read(ref _setFor) > due)
        {
            Interlocked.Exchange(ref _setFor, due);
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }

        _signal.Wait(Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer?.Dispose();

    private void Fire()
    {
        // Reset first: the woken pump must find that no timer runs, and set the next one.
        Interlocked.Exchange(ref _setFor, long.MaxValue);
        _signal.Set();
    }
}
