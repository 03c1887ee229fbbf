namespace FileMonitor.Running;

/// <summary>
/// Detects a difference between the wall clock and the monotonic clock: the machine was suspended, or the clock was set. Sources miss changes during a
/// suspension.
/// </summary>
internal sealed class ClockWatch : IDisposable
{
    /// <summary>Larger than the corrections of a clock in normal operation.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly Action<TimeSpan> _jumped;
    private DateTimeOffset _utc;
    private long _timestamp;
    private ITimer? _timer;

    public ClockWatch(TimeProvider time, TimeSpan interval, Action<TimeSpan> jumped)
    {
        _time = time;
        _interval = interval;
        _jumped = jumped;
    }

    public void Start()
    {
        (_utc, _timestamp) = (_time.GetUtcNow(), _time.GetTimestamp());

        // A one-shot timer that is set again after each check, so that checks never overlap and the fields have one owner.
        _timer = _time.CreateTimer(static watch => ((ClockWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(_interval, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        var (utc, timestamp) = (_time.GetUtcNow(), _time.GetTimestamp());
        var jump = utc - _utc - _time.GetElapsedTime(_timestamp, timestamp);
        (_utc, _timestamp) = (utc, timestamp);
        if (jump.Duration() > Tolerance)
        {
            _jumped(jump);
        }

        _timer?.Change(_interval, Timeout.InfiniteTimeSpan);
    }
}
