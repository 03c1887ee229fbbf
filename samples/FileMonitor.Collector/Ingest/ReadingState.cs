namespace FileMonitor.Collector.Ingest;

/// <summary>Whether messages are read, and since when. Thread-safe.</summary>
internal sealed class ReadingState
{
    private long _connectedSinceTicks;
    private volatile bool _isDatabaseReady;

    /// <summary>Since when the queues are read; null while they are not. Whoever was not listening cannot say that somebody was silent.</summary>
    public DateTime? ConnectedSince => Interlocked.Read(ref _connectedSinceTicks) is > 0 and var ticks ? new(ticks, DateTimeKind.Utc) : null;

    /// <summary>Whether the tables are there.</summary>
    public bool IsDatabaseReady => _isDatabaseReady;

    public void Connected(DateTime now) => Interlocked.Exchange(ref _connectedSinceTicks, now.Ticks);

    public void Lost() => Interlocked.Exchange(ref _connectedSinceTicks, 0);

    public void DatabaseIsReady() => _isDatabaseReady = true;
}
