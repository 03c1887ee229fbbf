namespace FileMonitor.Extensions.FileProviders.Watching;

/// <summary>Where the events for the tokens come from.</summary>
internal interface IEventFeed : IDisposable, IAsyncDisposable
{
    /// <summary>Returns when changes of what the filter selects are told of. False after the end.</summary>
    bool TryWatch(WatchFilter filter);
}

/// <summary>The events of one monitor.</summary>
/// <remarks>Owner of the reading: its own task.</remarks>
internal sealed class EventFeed : IEventFeed
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _reading;

    public EventFeed(FileSystemMonitor monitor, WatchTokens tokens) => _reading = BeginReading(monitor, tokens, _ended.Token);

    /// <summary>Tells of every event from now on.</summary>
    /// <returns>Completes when the monitor has stopped and everything was told.</returns>
    public static Task BeginReading(FileSystemMonitor monitor, WatchTokens tokens, CancellationToken cancellationToken)
    {
        // Subscribed here, and not when the task runs: nothing in between is missed. The task outlives the caller and must not keep its context.
        var events = monitor.ReadAllAsync(cancellationToken);
        using (ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow())
        {
            return Task.Run(() => ReadAsync(events, tokens), CancellationToken.None);
        }
    }

    public bool TryWatch(WatchFilter filter) => !_ended.IsCancellationRequested;

    public void Dispose() => _ended.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task ReadAsync(IAsyncEnumerable<AuditEvent> events, WatchTokens tokens)
    {
        await foreach (var told in events.ConfigureAwait(false))
        {
            tokens.Tell(told);
        }
    }
}
