using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FileMonitor.Hosting.Health;

/// <summary>A problem, with the remedy.</summary>
internal readonly record struct HealthFinding(HealthStatus Status, string Text);

/// <summary>Finds the problems in a monitor's health, the most serious of each kind first. Pure.</summary>
internal static class HealthFindings
{
    private const int MostGapsTold = 3;

    public static IEnumerable<HealthFinding> Of(MonitorHealth health, FileMonitorHealthOptions options, DateTimeOffset now)
    {
        if (NotRunning(health) is { } why)
        {
            // In these states roots and gaps are not known or no longer matter.
            return [new(HealthStatus.Unhealthy, why)];
        }

        return
        [
            .. Roots(health, options, now),
            .. Gaps(health, options, now),
            .. Store(health, options, now),
            .. Sinks(health, options, now),
            .. Handlers(health, options, now),
            .. Stalls(health, options),
            .. Queue(health, options),
            .. Readers(health),
            .. Fallbacks(health),
            .. OtherDegradations(health),
        ];
    }

    private static string? NotRunning(MonitorHealth health) => health.State switch
    {
        MonitorState.Running => null,
        MonitorState.Created => "The monitor was not started: call AsHostedService on its builder, or StartAsync.",
        MonitorState.Starting => "The monitor is starting: it reads what is below its roots. Wait until that is done.",
        MonitorState.Stopping => "The monitor is stopping: it delivers what it has and takes nothing new.",
        MonitorState.Stopped => "The monitor has stopped. Start the program again.",
        _ when health.Fault is { } fault => $"The monitor has ended by an error and watches nothing any more: {Words.Sentence($"{fault.GetType().Name}: {fault.Message}")} Start the program again; log events 103 and 104 have the details.",
        _ => "The monitor has ended by an error and watches nothing any more. Start the program again; log events 103 and 104 have the details.",
    };

    private static IEnumerable<HealthFinding> Roots(MonitorHealth health, FileMonitorHealthOptions options, DateTimeOffset now)
    {
        foreach (var root in health.Roots.Where(root => !root.IsAvailable).OrderBy(root => root.UnavailableSince ?? now))
        {
            var lost = now - (root.UnavailableSince ?? now);
            yield return new(
                lost >= options.RootLostAfter ? HealthStatus.Unhealthy : HealthStatus.Degraded,
                $"Root '{root.Path}' has not been watched for {Words.Duration(lost)}: {Words.Sentence(root.Problem)} Put that right, and it is watched again by itself.");
        }
    }

    private static IEnumerable<HealthFinding> Gaps(MonitorHealth health, FileMonitorHealthOptions options, DateTimeOffset now)
    {
        // A lost root has its own finding; when it is back, its gap stays open until it is compared.
        var lost = health.Roots.Where(root => !root.IsAvailable).Select(root => root.Path).ToHashSet();
        var gaps = health.OpenGaps.Where(gap => gap.Cause != GapCause.RootLost || !lost.Contains(gap.Root)).OrderBy(gap => gap.Since).ToList();
        foreach (var gap in gaps.Where(gap => IsSourceDead(health, gap, options, now)))
        {
            yield return new(
                HealthStatus.Unhealthy,
                $"The source of '{gap.Root}' has been down for {Words.Duration(now - gap.Since)}, and the directory is compared with the disk meanwhile: {Words.Sentence(gap.Detail)} Log events 200 to 202 say why it cannot be restarted.");
        }

        var others = gaps.Where(gap => !IsSourceDead(health, gap, options, now)).OrderByDescending(gap => gap.Cause == GapCause.PartialCoverage).ToList();
        foreach (var gap in others.Take(MostGapsTold))
        {
            yield return new(
                HealthStatus.Degraded,
                $"Changes below '{gap.Root}' may be missing or late ({gap.Cause}, gap {gap.Number}, for {Words.Duration(now - gap.Since)}): {Words.Sentence(gap.Detail)}");
        }

        if (others.Count > MostGapsTold)
        {
            yield return new(HealthStatus.Degraded, $"{Words.Count(others.Count - MostGapsTold, "more gap is", "more gaps are")} open.");
        }
    }

    /// <summary>
    /// After an overflow the gap also stays open during the comparison of a large tree; the source is down only as long as it reports that
    /// itself.
    /// </summary>
    private static bool IsSourceDead(MonitorHealth health, OpenGap gap, FileMonitorHealthOptions options, DateTimeOffset now) =>
        now - gap.Since >= options.SourceDeadAfter
        && (gap.Cause == GapCause.SourceError
            || (gap.Cause == GapCause.SourceOverflow && gap.Detail.Length > 0 && health.Degradations.Any(text => text.Contains(gap.Detail, StringComparison.Ordinal))));

    private static IEnumerable<HealthFinding> Sinks(MonitorHealth health, FileMonitorHealthOptions options, DateTimeOffset now) => health.Sinks
        .Where(sink => sink.IsFailing || sink.IsCircuitOpen)
        .OrderByDescending(sink => sink.Promise == SinkPromise.Required)
        .Select(sink => new HealthFinding(
            sink.Promise == SinkPromise.Required && now - (sink.FailingSince ?? now) >= options.DeliveryFailedAfter ? HealthStatus.Unhealthy : HealthStatus.Degraded,
            $"Sink {sink.Name} {(sink.IsCircuitOpen ? "failed again and again and is left alone for a while" : "does not accept events")}; "
            + $"{Lost(health, sink)}: {Words.Sentence(sink.LastError)} Repair what it writes to."));

    private static IEnumerable<HealthFinding> Handlers(MonitorHealth health, FileMonitorHealthOptions options, DateTimeOffset now)
    {
        foreach (var handler in health.Handlers)
        {
            if (handler.FailingSince is { } since)
            {
                yield return new(
                    now - since >= options.DeliveryFailedAfter ? HealthStatus.Unhealthy : HealthStatus.Degraded,
                    $"Handler {handler.Name} has failed for {Words.Duration(now - since)}; {Words.Count(handler.Lag, "event waits", "events wait")} for it: {Words.Sentence(handler.LastError)} Repair what it works with.");
            }

            if (handler.IsBlocked)
            {
                yield return new(
                    HealthStatus.Degraded,
                    $"Handler {handler.Name} holds back events, because its list of dead letters is full or cannot be written, or because too many wait behind one that fails. Repair what it works with; try dead letters again, or remove them.");
            }

            if (handler.DeadLetters > 0)
            {
                yield return new(
                    HealthStatus.Degraded,
                    $"Handler {handler.Name} has {Words.Count(handler.DeadLetters, "dead letter", "dead letters")}. Look at them, repair the cause, then try them again or remove them (DeadLetters).");
            }
        }
    }

    private static string Lost(MonitorHealth health, SinkHealth sink) => health.Store is not null && sink.Promise == SinkPromise.Required
        ? $"{Words.Count(sink.Buffered, "event waits", "events wait")} for it, and none is lost"
        : $"{Words.Count(sink.Dropped, "event is", "events are")} lost to it so far";

    private static IEnumerable<HealthFinding> Store(MonitorHealth health, FileMonitorHealthOptions options, DateTimeOffset now)
    {
        if (health.Store is { Verification: { Problem: { } wrong } verified } damaged)
        {
            yield return new(
                HealthStatus.Unhealthy,
                Words.Invariant($"The journal in '{damaged.Directory}' is not what was written, from record {verified.FirstWrongRecord} on: {Words.Sentence(wrong)} Somebody changed it, or the disk did. Copy the directory for whoever looks into it, and compare it with what is anchored elsewhere."));
        }

        if (health.Store is { Problem: { } problem } store)
        {
            yield return new(
                now - (store.ProblemSince ?? now) >= options.DeliveryFailedAfter ? HealthStatus.Unhealthy : HealthStatus.Degraded,
                $"The durable state in '{store.Directory}' has a problem: {Words.Sentence(problem)} While it cannot be written, events are held back and nobody is told of them. Make room on that disk, or repair it; the monitor tries again by itself.");
        }
    }

    private static IEnumerable<HealthFinding> Stalls(MonitorHealth health, FileMonitorHealthOptions options)
    {
        if (health.OldestWait >= options.StalledAfter)
        {
            yield return new(
                HealthStatus.Degraded,
                $"The monitor has stalled: a path has waited for {Words.Duration(health.OldestWait)} with nothing done for it, while {Words.Count(health.FilesBeingRead, "file is", "files are")} being read of at most {health.MaxConcurrentReads} at once and {Words.Count(health.FilesWaitingToBeRead, "file waits", "files wait")}. "
                + "Either its file system does not answer, or a reader, a required sink or MaxEventsPerSecond holds up the stream, or more is written than can be read.");
        }
    }

    private static IEnumerable<HealthFinding> Queue(MonitorHealth health, FileMonitorHealthOptions options)
    {
        if (health.QueueLength > options.QueueFill * health.QueueCapacity)
        {
            yield return new(
                HealthStatus.Degraded,
                Words.Invariant($"The queue is {100L * health.QueueLength / health.QueueCapacity} % full: changes come faster than they are handled. If this lasts, ignore what nobody needs, make slow sinks and readers faster, or raise Queue.Capacity."));
        }
    }

    private static IEnumerable<HealthFinding> Readers(MonitorHealth health)
    {
        var lagging = health.Readers.Where(reader => reader.IsLagging).ToList();
        if (lagging.Count > 0)
        {
            yield return new(
                HealthStatus.Degraded,
                $"{Words.Count(lagging.Count, "reader is", "readers are")} too slow and skipped {Words.Count(lagging.Sum(reader => reader.Skipped), "event", "events")} so far. Read faster, or raise Readers.BufferCapacity.");
        }
    }

    private static IEnumerable<HealthFinding> Fallbacks(MonitorHealth health) => health.Roots
        .Where(root => root is { IsAvailable: true, SourceReason: not null })
        .Select(root => new HealthFinding(
            HealthStatus.Degraded,
            $"Root '{root.Path}' is watched by {root.Source} instead of what was asked for: {Words.Sentence(root.SourceReason)} If that is as it should be, set Source to {root.Source}."));

    /// <summary>Problems that only the source reports, without a gap, as a host's own source may.</summary>
    private static IEnumerable<HealthFinding> OtherDegradations(MonitorHealth health) => health.Degradations
        .Where(text => !health.Sinks.Any(sink => text.StartsWith($"Sink {sink.Name} ", StringComparison.Ordinal)))
        .Where(text => !health.Handlers.Any(handler => text.StartsWith($"Handler {handler.Name} ", StringComparison.Ordinal)))
        .Where(text => !health.OpenGaps.Any(gap => gap.Detail.Length > 0 && text.Contains(gap.Detail, StringComparison.Ordinal)))
        .Select(text => new HealthFinding(HealthStatus.Degraded, Words.Sentence(text)));
}
