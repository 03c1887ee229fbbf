using System.Buffers;
using FileMonitor.JsonLines;

namespace FileMonitor.Agent.Events;

/// <summary>
/// Copies the events of all monitors into the buffer and what is counted of them. It reads from before the monitors start until they have stopped, and then
/// gives the readers of the stream a moment to take the last events.
/// </summary>
/// <remarks>Owned by the host: its calls do not overlap. Each monitor has one task that reads it.</remarks>
internal sealed partial class EventFeed(
    IReadOnlyList<FileSystemMonitor> monitors,
    EventBuffer buffer,
    EventTallies tallies,
    AgentOptions options,
    TimeProvider time,
    ILogger<EventFeed> logger) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _readersMustEnd = new();
    private readonly TaskCompletionSource<StreamPlace> _start = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _heartbeat;
    private ITimer? _end;
    private Task _reading = Task.CompletedTask;
    private volatile bool _hasFailed;

    /// <summary>Cancelled when the agent ends and a reader has still not taken its events.</summary>
    public CancellationToken ReadersMustEnd => _readersMustEnd.Token;

    /// <summary>Where each monitor stood before its first event of this run; completes once all have started. Any thread.</summary>
    public Task<StreamPlace> Start => _start.Task;

    /// <summary>Where the events are copied to.</summary>
    public EventBuffer Buffer => buffer;

    /// <summary>Whether a defect has stopped the copying of events while the monitors go on. Any thread.</summary>
    public bool HasFailed => _hasFailed;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (options.StateDirectory is null)
        {
            NothingIsRemembered(logger);
        }

        // Subscribed before this returns, and so before any monitor starts: nothing is missed.
        _reading = Task.WhenAll(monitors.Select(monitor => ReadAsync(monitor.ReadAllAsync(CancellationToken.None))));
        _heartbeat = time.CreateTimer(_ => buffer.Wake(), state: null, Heartbeat, Heartbeat);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Waits for what the monitors still deliver when they stop. The host calls this after it stopped the monitors and before it stops the
    /// server, which waits for its open streams: their readers get everything, and then the end.
    /// </summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // No event is published any more, unless the host is out of time. Readers that keep up end by themselves; the others have their usual
        // patience.
        buffer.Complete();
        _end = time.CreateTimer(_ => _readersMustEnd.Cancel(), state: null, options.ReaderPatience, Timeout.InfiniteTimeSpan);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var start = StreamPlace.Of(monitors.Select(monitor => monitor.Name));
        foreach (var monitor in monitors)
        {
            if (monitor.GetHealth().Store is { } store)
            {
                start = start.With(monitor.Name, new(store.PreviousSequence));
                await buffer.BeginAsync(monitor.Name, store.PreviousSequence);
            }
        }

        _start.TrySetResult(start);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        // Not the token's source: a timer that has just come due still cancels it.
        _heartbeat?.Dispose();
        _end?.Dispose();
    }

    private async Task ReadAsync(IAsyncEnumerable<AuditEvent> events)
    {
        var line = new ArrayBufferWriter<byte>();
        try
        {
            await foreach (var auditEvent in events)
            {
                tallies.Add(auditEvent);
                line.ResetWrittenCount();
                AuditEventJson.WriteLine(line, auditEvent);
                await buffer.PublishAsync(auditEvent.Monitor, auditEvent.Kind, line.WrittenMemory, PlaceOf(auditEvent));
            }
        }
        catch (Exception fault) when (monitors.Any(monitor => monitor.GetHealth().Fault == fault))
        {
            // The log and health have the error that ended the monitor; here its events just end.
        }
        catch (Exception defect)
        {
            // The page would show no events while all looks well. Only a restart helps, as for a monitor that ended by a defect.
            _hasFailed = true;
            FeedFailed(logger, defect);
        }
    }

    /// <summary>Where an event stands in the journal. A gap about what this reader was not given stands in none: it has the number of the last of these.</summary>
    private MonitorPlace? PlaceOf(AuditEvent auditEvent) =>
        options.StateDirectory is null ? null
        : auditEvent.Gap is { Number: null, Cause: GapCause.ReaderTooSlow } ? new(auditEvent.Sequence)
        : new(auditEvent.Sequence, MonitorPlace.MarkOf(auditEvent.Id));

    [LoggerMessage(901, LogLevel.Warning, "Nothing is remembered across restarts: no state directory is set. What changes while the agent is not running will not be known. Set Agent:StateDirectory, or StateDirectory= of the unit", EventName = "NothingIsRemembered")]
    private static partial void NothingIsRemembered(ILogger logger);

    [LoggerMessage(900, LogLevel.Critical, "A defect keeps events from the page and from /events; restart the agent", EventName = "FeedFailed")]
    private static partial void FeedFailed(ILogger logger, Exception exception);
}
