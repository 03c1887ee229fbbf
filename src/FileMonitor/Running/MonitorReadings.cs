using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Handling;

namespace FileMonitor.Running;

/// <summary>Reads the health and the metrics of a monitor from its parts. Any thread.</summary>
internal sealed class MonitorReadings(
    FileMonitorOptions options, FileMonitorComponents components, MonitorLifecycle lifecycle, AuditEventStream stream, EventTally tally, EventHandlers handlers)
{
    /// <summary>Before the start.</summary>
    private static MonitorCounters NoCounters { get; } = new()
    {
        Received = 0,
        Coalesced = 0,
        Ignored = 0,
        Suppressed = 0,
        Emitted = 0,
        Pending = 0,
        Lost = 0,
        Transient = 0,
        SourceLosses = 0,
        SourceRestarts = 0,
        Events = 0,
        Gaps = 0,
        ChecksumFiles = 0,
        ChecksumBytes = 0,
    };

    /// <param name="run">The run; null before the start.</param>
    /// <param name="starting">The run that is starting; null when none is.</param>
    public MonitorHealth GetHealth(MonitorRun? run, MonitorRun? starting)
    {
        var (sinks, handling) = (stream.SinkHealth, handlers.Health);
        var store = run is null ? null : (components.Part as IMonitorStore)?.GetHealth();
        return new MonitorHealth
        {
            Monitor = components.Name,
            State = lifecycle.State,
            Fault = lifecycle.Fault,
            Source = run?.SourceName ?? options.Source.ToString(),
            Roots = run?.Roots ?? [.. options.Roots.Select(root => new RootHealth { Path = root.Path, IsAvailable = false, Problem = "The monitor has not started.", Source = options.Source.ToString() })],
            OpenGaps = run?.OpenGaps ?? [],
            Counters = run?.ReadCounters(tally) ?? NoCounters,
            QueueLength = run?.QueueLength ?? 0,
            QueueCapacity = options.Queue.Capacity,
            PendingPaths = run?.Totals.PendingPaths ?? 0,
            HeldFiles = run?.Totals.HeldFiles ?? 0,
            FilesWaitingToBeRead = run?.Totals.WaitingForPermit ?? 0,
            FilesBeingRead = run?.PermitsInUse ?? 0,
            MaxConcurrentReads = options.Checksum.Concurrency,
            OldestWait = run?.OldestWait ?? TimeSpan.Zero,
            DirectoriesToReconcile = run?.Totals.DirectoriesToLook ?? 0,
            KnownItems = (run ?? starting)?.KnownItems ?? 0,
            Degradations =
            [
                .. run?.Problems ?? [],
                .. sinks.Where(sink => sink.IsFailing).Select(sink => $"Sink {sink.Name} fails: {sink.LastError}"),
                .. handling.SelectMany(handler => handler.Degradations),
                .. (store?.Cursors ?? []).Where(cursor => cursor.Problem is not null).Select(cursor => $"Consumer {cursor.Name}: {cursor.Problem}"),
                .. store?.Anchor?.Degradations ?? [],
                .. store?.Verification?.Degradations ?? [],
            ],
            Sinks = sinks,
            Handlers = handling,
            Readers = stream.ReaderHealth,
            IsCatchingUp = run?.IsCatchingUp ?? false,
            Store = store,
        };
    }

    /// <param name="run">The run; null before the start.</param>
    public MonitorReading Read(MonitorRun? run)
    {
        var health = GetHealth(run, starting: null);
        return new MonitorReading
        {
            Health = health,
            Hints = run?.Hints ?? [],
            ReadWatches = () => run?.Watches ?? [],
            Emitted = tally.Emitted,
            GapsOpened = tally.GapsOpened,
            GapsOpen = run?.GapsByCause(health.Sinks.Count(sink => sink.IsFailing)) ?? [],
            Reconciled = run?.Totals.Reconciled ?? default,
            SnapshotBytes = run?.Totals.SnapshotBytes ?? 0,
            ReadersSkipped = stream.ReadersSkipped,
        };
    }
}
