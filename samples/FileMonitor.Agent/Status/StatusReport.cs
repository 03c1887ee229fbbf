using FileMonitor.Agent.Events;
using FileMonitor.Agent.Reload;
using FileMonitor.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace FileMonitor.Agent.Status;

/// <summary>Reports the health of all monitors, with the texts of the health check.</summary>
internal sealed class StatusReport(
    IReadOnlyList<FileSystemMonitor> monitors,
    EventFeed feed,
    RestartReport restart,
    Reloader reloader,
    IOptionsMonitor<FileMonitorHealthOptions> options,
    TimeProvider time)
{
    /// <summary>The name of the health check, and of its thresholds.</summary>
    public const string HealthCheck = "filemonitor";

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    /// <summary>Whether no defect has ended a monitor or the copying of events to the readers; otherwise only a restart helps.</summary>
    public bool IsLive => !feed.HasFailed && monitors.All(monitor => monitor.GetHealth().State != MonitorState.Faulted);

    /// <param name="missing">Roots that no monitor has, although the configuration names them.</param>
    public StatusDocument Read(RootsNotAdded missing)
    {
        var refusal = reloader.Refusal;
        var status = refusal is null ? HealthStatus.Healthy : HealthStatus.Degraded;
        var all = new List<MonitorStatus>(monitors.Count);
        foreach (var monitor in monitors)
        {
            var health = monitor.GetHealth();
            var report = FileMonitorHealthReport.Assess(health, options.Get(HealthCheck), time.GetUtcNow());
            var notAdded = missing.FindingsOf(health.Monitor);
            var ofMonitor = notAdded.Count > 0 && report.Status > HealthStatus.Degraded ? HealthStatus.Degraded : report.Status;
            status = ofMonitor < status ? ofMonitor : status;
            var described = Describe(health, report);
            all.Add(notAdded.Count == 0 ? described : described with
            {
                Status = ofMonitor.ToString(),
                Findings = [.. report.Findings, .. notAdded],
                Description = string.Join(' ', [.. report.Findings.Count == 0 ? Array.Empty<string>() : [report.Description], .. notAdded]),
            });
        }

        var events = feed.Buffer.GetState();
        return new(
            new(AgentVersion.Text, _startedAt, Environment.MachineName, refusal is null ? null : new(refusal.At, refusal.Mistakes, refusal.Describe()), reloader.Waiting),
            status.ToString(),
            all,
            new(events.Capacity, events.Buffered, events.LatestId, events.Readers, events.Missed));
    }

    private MonitorStatus Describe(MonitorHealth health, FileMonitorHealthReport report) => new(
        health.Monitor,
        health.State.ToString(),
        report.Status.ToString(),
        report.Description,
        report.Findings,
        health.Source,
        [.. health.Roots.Select(root => new RootStatus(root.Path, root.IsAvailable, root.Problem, root.Source, root.SourceReason))],
        [.. health.OpenGaps.Select(gap => new GapStatus(gap.Number, gap.Cause.ToString(), gap.Root, gap.RelativePath, gap.Since, gap.Detail))],
        health.Degradations,
        Describe(health.Counters),
        health.QueueLength,
        health.QueueCapacity,
        health.PendingPaths,
        health.FilesWaitingToBeRead,
        health.FilesBeingRead,
        health.MaxConcurrentReads,
        health.OldestWait.TotalSeconds,
        health.DirectoriesToReconcile,
        health.KnownItems,
        [.. health.Sinks.Select(Describe)],
        [.. health.Readers.Select(reader => new ReaderStatus(reader.Buffered, reader.Capacity, reader.Skipped, reader.IsLagging))],
        restart.Describe(health),
        Describe(health.Store));

    private static StoreStatus? Describe(StoreHealth? store)
    {
        if (store is null)
        {
            return null;
        }

        return new(
            store.Directory,
            store.Records,
            store.Checkpointed,
            store.LastCheckpoint,
            store.JournalBytes,
            store.Problem,
            store.Anchor is { } anchor ? new(anchor.Anchored, anchor.AnchoredAt, anchor.Failures, anchor.Problem) : null,
            store.Verification is { } verified ? new(verified.VerifiedAt, verified.Duration.TotalSeconds, verified.Records, verified.Problem, verified.FirstWrongRecord, verified.Failure) : null,
            [.. store.Cursors.Select(cursor => new ConsumerStatus(cursor.Name, cursor.Acknowledged, cursor.Lag))]);
    }

    private static SinkStatus Describe(SinkHealth sink) =>
        new(sink.Name, sink.Promise.ToString(), sink.IsFailing, sink.Written, sink.Dropped, sink.Failures, sink.Buffered, sink.LastError);

    private static CountersStatus Describe(MonitorCounters counters) => new(
        counters.Received,
        counters.Coalesced,
        counters.Ignored,
        counters.Suppressed,
        counters.Emitted,
        counters.Pending,
        counters.Lost,
        counters.Transient,
        counters.SourceLosses,
        counters.SourceRestarts,
        counters.Events,
        counters.Gaps,
        counters.ChecksumFiles,
        counters.ChecksumBytes);
}
