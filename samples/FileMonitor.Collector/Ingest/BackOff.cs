namespace FileMonitor.Collector.Ingest;

/// <summary>How long to wait before the next attempt: half a second, then twice as long each time, up to half a minute.</summary>
internal sealed class BackOff
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);

    private TimeSpan _next = Least;

    public bool IsWaiting => _next != Least;

    public TimeSpan Next()
    {
        var delay = _next;
        _next = delay * 2 < Most ? delay * 2 : Most;
        return delay;
    }

    public void Reset() => _next = Least;
}
