namespace FileMonitor.Settling;

/// <summary>
/// Lets the pump's thread sleep until the next thing is due. By the system's clock the wait itself has an end; a clock of tests has a timer
/// that raises the signal.
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

    /// <summary>Blocks until the signal is raised, or until a timestamp; <see cref="long.MaxValue"/> for never.</summary>
    public void Sleep(long due, long now)
    {
        if (due == long.MaxValue)
        {
            _signal.Wait(Timeout.InfiniteTimeSpan);
            return;
        }

        // Rounded up, because to wake early would only make the loop turn; and at least two milliseconds, so that under a steady load what is
        // due at about the same time is settled in one turn.
        var milliseconds = Math.Ceiling(Math.Max(0, due - now) * 1000.0 / _time.TimestampFrequency);
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 2, int.MaxValue));
        if (_timer is null)
        {
            _signal.Wait(wait);
            return;
        }

        // A timer that fires before is left alone: the loop turns once more.
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
        // Unset first: whoever the signal wakes must find that no timer is running and set the next one.
        Interlocked.Exchange(ref _setFor, long.MaxValue);
        _signal.Set();
    }
}
