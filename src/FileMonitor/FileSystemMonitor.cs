using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Handling;
using FileMonitor.Running;
using FileMonitor.Settling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FileMonitor;

/// <summary>Watches directories and reports changes of the files below them, in order: one settled <see cref="AuditEvent"/> per change.</summary>
/// <remarks>
/// Start it, read it, dispose it. A stopped monitor cannot be started again. All members may be called from any thread. See docs/guarantees.md
/// for what can be relied on.
/// </remarks>
/// <example>
/// <code>
/// using FileMonitor;
///
/// await using var monitor = FileSystemMonitor.Create(o => o.AddRoot("/srv/inbox"));
/// var events = monitor.ReadAllAsync();
/// await monitor.StartAsync();
/// await foreach (var e in events)
/// {
///     Console.WriteLine(e);
/// }
/// </code>
/// </example>
public sealed partial class FileSystemMonitor : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan SynchronousStop = TimeSpan.FromSeconds(5);

    private readonly FileMonitorOptions _options;
    private readonly FileMonitorComponents _components;
    private readonly MonitorLifecycle _lifecycle = new();
    private readonly PumpSignal _signal = new();
    private readonly EventTally _tally;
    private readonly AuditEventStream _stream;
    private readonly StartWait _startWait;
    private readonly Subscriptions _subscriptions;
    private readonly EventHandlers _handlers;
    private readonly MonitorReadings _readings;
    private readonly MonitorInstruments _instruments;
    private readonly ILogger _logger;
    private readonly ITurnObserver? _turns;
    private readonly CancellationTokenSource _startCancelled = new();
    private readonly TaskCompletionSource _startEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile MonitorRun? _run;
    private volatile MonitorRun? _starting;

    private FileSystemMonitor(FileMonitorOptions options, FileMonitorComponents components, ITurnObserver? turns)
    {
        (_options, _components, _turns) = (options, components, turns);
        _logger = new GuardedLogger(components.LoggerFactory.CreateLogger<FileSystemMonitor>());
        _instruments = new MonitorInstruments(components.MeterFactory, components.Name, () => _readings!.Read(_run));
        _tally = new EventTally(_instruments, _logger);

        // Required sinks come first: no reader may see an event before they have it.
        var sinks = components.Sinks.OrderByDescending(sink => sink.Promise == SinkPromise.Required).ToList();
        var store = components.Part as IMonitorStore;
        var log = store?.Log ?? new EventRing(Math.Max(options.Readers.BufferCapacity, options.Sinks.BufferCapacity), options.Sinks.MaxBatch);
        _stream = new AuditEventStream(
            log,
            options.Readers,
            outage => [.. sinks.Select(sink => new SinkDelivery(log, store, sink, options.Sinks, components.TimeProvider, _logger, outage))],
            new AuditEventBuilder(components.Name, components.TimeProvider),
            _tally,
            components.TimeProvider,
            _signal.Set);
        _startWait = new StartWait(_lifecycle, components.TimeProvider, wait => _logger.ReaderWaitsForStart(Name, wait));
        _subscriptions = new Subscriptions(store, _stream, options.Readers.BufferCapacity, _startWait);
        _handlers = new EventHandlers(components, store, _stream, options.Readers.BufferCapacity, _logger);
        _readings = new MonitorReadings(options, components, _lifecycle, _stream, _tally, _handlers);
        DeadLetters = new HandlerDeadLetters(_handlers);
    }

    /// <summary>The monitor's name; empty for an unnamed one.</summary>
    public string Name => _components.Name;

    /// <summary>The events that handlers failed to handle.</summary>
    public DeadLetters DeadLetters { get; }

    internal IMonitorPart? Part => _components.Part;

    /// <summary>Creates a monitor. Nothing is watched before <see cref="StartAsync"/>.</summary>
    /// <param name="configure">Sets the options; at least one root.</param>
    /// <param name="components">Adds sinks, a logger and the like; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="configure"/> is null.</exception>
    /// <exception cref="OptionsValidationException">Options are wrong; the message lists every error.</exception>
    public static FileSystemMonitor Create(Action<FileMonitorOptions> configure, Action<FileMonitorComponents>? components = null)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new FileMonitorOptions();
        configure(options);
        var parts = new FileMonitorComponents();
        components?.Invoke(parts);
        return Create(options, parts);
    }

    internal static FileSystemMonitor Create(FileMonitorOptions options, FileMonitorComponents components, ITurnObserver? turns = null)
    {
        if (options.GetErrors() is { Count: > 0 } errors)
        {
            throw new OptionsValidationException(components.Name, typeof(FileMonitorOptions), errors);
        }

        return new FileSystemMonitor(options.Copy(), components, turns);
    }

    /// <summary>Arms every root and takes the baseline. Changes after the returned task completes are reported.</summary>
    /// <remarks>
    /// The baseline reads the metadata of everything below the roots, some hundred thousand items per second from a warm cache. Checksums,
    /// when asked for, are computed afterwards in the background.
    /// </remarks>
    /// <param name="cancellationToken">Cancels the start; the monitor cannot be used afterwards.</param>
    /// <exception cref="InvalidOperationException">The monitor was started or stopped before.</exception>
    /// <exception cref="DirectoryNotFoundException">A root does not exist, and <see cref="FileMonitorOptions.RootsMustExist"/> is set.</exception>
    /// <exception cref="SourceUnavailableException">A root cannot be watched with the source that <see cref="FileMonitorOptions.RequireSource"/> asks for.</exception>
    /// <exception cref="OverlappingRootsException">Two roots are one directory, or one is in the other, through a link.</exception>
    /// <exception cref="IOException">
    /// With <see cref="FileMonitorOptions.RootsMustExist"/>, a root is a file or its file system reports an error; or a source of the host's own
    /// cannot start. A watcher that cannot be created is no exception but a gap: the root is compared with the disk meanwhile.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">A root may not be read, and <see cref="FileMonitorOptions.RootsMustExist"/> is set.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the monitor was stopped meanwhile.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        _lifecycle.BeginStart();
        var activity = MonitorActivities.Start("filemonitor.start", Name);
        Task starting;

        // Timers and loops outlive the caller; they must not keep its context (a request, a scope) alive.
        using (ExecutionContext.SuppressFlow())
        {
            starting = Task.Run(() => StartCoreAsync(cancellationToken), CancellationToken.None);
        }

        await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Without the message, which may contain the path of a root.
        MonitorActivities.End(activity, starting.IsCompletedSuccessfully ? null : starting.Exception?.InnerException?.GetType().Name ?? "It was given up.");
        await starting.ConfigureAwait(false);
    }

    /// <summary>
    /// Completes once everything that was done on disk before the call has been delivered to this monitor's readers and sinks. Pending changes
    /// are settled at once, without waiting for their quiet period.
    /// </summary>
    /// <remarks>
    /// The source is flushed by a sentinel: an empty file whose name begins with <c>.filemonitor-</c>, created in each root and deleted once its
    /// hint came; it is never reported. Where that is not possible the root is compared with the disk. Delivered to a reader means: in its
    /// buffer. Concurrent calls share the work.
    /// </remarks>
    /// <param name="cancellationToken">Stops waiting; the work goes on.</param>
    /// <returns>
    /// The sequence number up to which the stream is complete, and what could not be promised. When
    /// <see cref="FileMonitorOptions.FlushTimeout"/> passes, also what was not reached: files that are still being read are first reported
    /// without checksum.
    /// </returns>
    /// <exception cref="InvalidOperationException">The monitor is not running.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the monitor was stopped meanwhile.</exception>
    public Task<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => RunningOrThrow().FlushAsync(_options.FlushTimeout, cancellationToken);

    /// <summary>
    /// Walks all roots and compares the disk with what was reported or was there at start. Changes nothing and reports nothing in the stream.
    /// Paths with pending changes are looked at again at the end, after a flush. Ends after <see cref="FileMonitorOptions.VerifyTimeout"/>; what
    /// it did not compare by then is among the problems.
    /// </summary>
    /// <param name="checksums">Whether files with a known checksum are read and hashed again, to find changes that leave size and time as they were.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="InvalidOperationException">The monitor is not running.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled, or the monitor was stopped meanwhile.</exception>
    public Task<VerifyResult> VerifyAsync(bool checksums = false, CancellationToken cancellationToken = default) =>
        RunningOrThrow().VerifyAsync(checksums, cancellationToken);

    /// <summary>The state of the monitor and all its counters.</summary>
    public MonitorHealth GetHealth() => _readings.GetHealth(_run, _starting);

    /// <summary>
    /// Stops watching and delivers the accepted changes: debounced changes at once, files still to be hashed, sinks, readers; then every
    /// reader's enumeration ends. Bounded by <see cref="FileMonitorOptions.ShutdownTimeout"/>.
    /// </summary>
    /// <param name="cancellationToken">Cuts the stop short as if the timeout had passed; the task still completes in order.</param>
    /// <returns>Completes when everything is delivered, or cut off, counted and reported. Later calls wait for the same stop.</returns>
    public Task StopAsync(CancellationToken cancellationToken = default) => StopAsync(_options.ShutdownTimeout, cancellationToken);

    /// <summary>Stops as <see cref="StopAsync(CancellationToken)"/> does and releases everything. Safe to call more than once, and after a failed start.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(_options.ShutdownTimeout, CancellationToken.None).ConfigureAwait(false);
        _instruments.Dispose();
    }

    /// <summary>
    /// Stops without waiting for unfinished work, within 5 seconds: for containers that are disposed synchronously. Prefer
    /// <see cref="DisposeAsync"/>. Pending changes are reported without checksum as far as readers take them.
    /// </summary>
    public void Dispose()
    {
        // Without a deadline a stop takes milliseconds. Wait for it, because a container disposes the sinks next.
        StopAsync(TimeSpan.Zero, new CancellationToken(canceled: true)).Wait(SynchronousStop);
        _instruments.Dispose();
    }

    private async Task StartCoreAsync(CancellationToken cancellationToken)
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _startCancelled.Token);
        MonitorRun? run = null;
        try
        {
            _starting = run = new MonitorRun(_options, _components, _stream, _signal, _instruments, _logger, _turns);
            await run.StartAsync(cancelled.Token).ConfigureAwait(false);
            _subscriptions.Open();
            _handlers.Start();
            _run = run;
            if (!_lifecycle.TryBecomeRunning())
            {
                throw new OperationCanceledException("The monitor was stopped while it was starting.");
            }

            _logger.MonitorStarted(_components.NameInLogs, _options.Roots.Count, run.SourceName, run.KnownAtStart);
            _ = WatchOverAsync(run);
        }
        catch (Exception failure)
        {
            // A stop during the start is no fault; the stop ends the readers.
            if (!_startCancelled.IsCancellationRequested)
            {
                _lifecycle.BecomeFaulted(failure);
                _stream.CompleteReaders(failure);
                _subscriptions.End(failure);
            }

            if (run is not null)
            {
                await run.StopSourceAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await run.CloseStoreAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (failure is not OperationCanceledException)
            {
                _logger.StartFailed(failure, _components.NameInLogs);
            }

            throw;
        }
        finally
        {
            _starting = null;
            _startEnded.TrySetResult();
        }
    }

    private MonitorRun RunningOrThrow() =>
        _lifecycle.State == MonitorState.Running && _run is { } run ? run : throw new InvalidOperationException($"The monitor is {_lifecycle.State}, not running.");

    private Task StopAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        _lifecycle.StopOnce(left => StopCoreAsync(left, timeout, cancellationToken));

    private async Task StopCoreAsync(MonitorState left, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var activity = MonitorActivities.Start("filemonitor.stop", Name);
        if (left == MonitorState.Starting)
        {
            await _startCancelled.CancelAsync().ConfigureAwait(false);
            await _startEnded.Task.ConfigureAwait(false);
        }

        _startWait.Dispose();
        if (left == MonitorState.Created)
        {
            _logger.NeverStarted(Name);
        }

        if (_run is not { } run)
        {
            // The monitor never ran; the tasks of the sinks still have to end.
            await new OrderedStop(timeout, _components.TimeProvider, _logger)
                .Then("sinks", _stream.CompleteUnstartedAsync, hurry: _stream.Hurry)
                .RunAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _logger.MonitorStopping(_components.NameInLogs);

            // In this order, so that no part is closed while an earlier one can still hand something over.
            await new OrderedStop(timeout, _components.TimeProvider, _logger)
                .Then("source", run.StopSourceAsync)
                .Then("queue", run.CompleteQueue)
                .Then("pipeline", run.FinishPipelineAsync, hurry: run.HurryPipeline, giveUp: run.GiveUpPipeline)
                .Then("sinks", run.FinishStreamAsync, hurry: _stream.Hurry)
                .Then("handlers", _handlers.StopAsync, hurry: _handlers.Hurry)
                .Then("subscriptions", _subscriptions.DrainAsync)
                .Then("store", run.CloseStoreAsync, hurry: run.HurryStore)
                .RunAsync(cancellationToken).ConfigureAwait(false);
            run.Dispose();
            _logger.MonitorStopped(_components.NameInLogs, _stream.Sequence);
        }

        _lifecycle.BecomeStopped();
        _stream.CompleteReaders(_lifecycle.Fault);
        _subscriptions.End(_lifecycle.Fault);
        MonitorActivities.End(activity, failure: null);
    }

    /// <summary>Ends the monitor when a loop ends by a defect: readers get the exception, and health says Faulted.</summary>
    private async Task WatchOverAsync(MonitorRun run)
    {
        try
        {
            await run.Ended.ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            _lifecycle.BecomeFaulted(defect);
            _logger.MonitorFaulted(defect, _components.NameInLogs);
            _stream.CompleteReaders(defect);
            await run.StopSourceAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
