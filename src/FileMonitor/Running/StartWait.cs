namespace FileMonitor.Running;

/// <summary>Notices that somebody reads a monitor that nobody starts: no event comes, and nothing else would say why. Tells it once. Thread-safe.</summary>
/// <param name="lifecycle">Whether the monitor was started.</param>
/// <param name="time">The clock.</param>
/// <param name="waitedLong">Called at most once, with how long a reader has waited.</param>
internal sealed class StartWait(MonitorLifecycle lifecycle, TimeProvider time, Action<TimeSpan> waitedLong) : IDisposable
{
    // Far more than a host needs between its first and its last service, and little for a person who wonders.
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private ITimer? _timer;

    /// <summary>A reader as the host gets it: its reading begins with its enumeration.</summary>
    public IAsyncEnumerable<AuditEvent> Watch(IAsyncEnumerable<AuditEvent> reader) =>
        lifecycle.State == MonitorState.Created ? new WatchedReader(reader, this) : reader;

    /// <summary>Somebody waits for events from now on.</summary>
    public void Begin()
    {
        if (lifecycle.State != MonitorState.Created || Volatile.Read(ref _timer) is not null)
        {
            return;
        }

        // Set before it runs: whoever comes second must not make another.
        var timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (Interlocked.CompareExchange(ref _timer, timer, null) is null)
        {
            timer.Change(Patience, Timeout.InfiniteTimeSpan);
        }
        else
        {
            timer.Dispose();
        }
    }

    public void Dispose() => Volatile.Read(ref _timer)?.Dispose();

    private void Look()
    {
        if (lifecycle.State == MonitorState.Created)
        {
            waitedLong(Patience);
        }
    }

    private sealed class WatchedReader(IAsyncEnumerable<AuditEvent> reader, StartWait wait) : IAsyncEnumerable<AuditEvent>
    {
        public IAsyncEnumerator<AuditEvent> GetAsyncEnumerator(CancellationToken cancellationToken)
        {
            wait.Begin();
            return reader.GetAsyncEnumerator(cancellationToken);
        }
    }
}
