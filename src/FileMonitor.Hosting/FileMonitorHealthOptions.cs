namespace FileMonitor.Hosting;

/// <summary>The thresholds of a health check for Degraded and Unhealthy.</summary>
public sealed class FileMonitorHealthOptions
{
    /// <summary>
    /// How full the queue may be, as a share of its capacity. Above it the monitor is Degraded. Above 0 and at most 1 (never), default 0.8. Low:
    /// every burst shows. High: the warning comes shortly before a gap.
    /// </summary>
    public double QueueFill { get; set; } = 0.8;

    /// <summary>
    /// How long a root may be unavailable before the monitor is Unhealthy; before that it is Degraded. 0 (at once) to 7 days, default 1 minute.
    /// Short: a volume that is mounted again makes an orchestrator restart the program. Long: a missing directory is noticed late.
    /// </summary>
    public TimeSpan RootLostAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long the source of a root may be down before the monitor is Unhealthy; before that it is Degraded. It is down as long as a gap with
    /// <see cref="GapCause.SourceError"/> is open, or one with <see cref="GapCause.SourceOverflow"/> that is also in
    /// <see cref="MonitorHealth.Degradations"/>. 0 (at once) to 7 days, default 5 minutes: some ten restarts have failed by then. Short: a
    /// source that restarts by itself makes an orchestrator restart the program.
    /// </summary>
    public TimeSpan SourceDeadAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a path may wait with nothing done for it (<see cref="MonitorHealth.OldestWait"/>) before the monitor is Degraded, because it has
    /// stalled. Above 0 to 7 days, default 30 seconds. Short: a disk that is busy for a moment shows. Long: a file system that does not answer,
    /// or a backlog, shows late.
    /// </summary>
    public TimeSpan StalledAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a required sink may fail (<see cref="SinkHealth.FailingSince"/>), or durable state may have a problem (<see cref="StoreHealth.ProblemSince"/>),
    /// before the monitor is Unhealthy; before that it is Degraded. 0 (at once) to 7 days, default 5 minutes. Short: a broker that restarts makes
    /// an orchestrator restart the program. Long: an audit that does not reach its place is noticed late.
    /// </summary>
    public TimeSpan DeliveryFailedAfter { get; set; } = TimeSpan.FromMinutes(5);
}
