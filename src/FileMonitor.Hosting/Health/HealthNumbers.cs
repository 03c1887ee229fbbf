namespace FileMonitor.Hosting.Health;

/// <summary>The numbers of a monitor's health by name, as values that any JSON writer can write.</summary>
internal static class HealthNumbers
{
    public static IReadOnlyDictionary<string, object> Of(MonitorHealth health)
    {
        var counters = health.Counters;
        var data = new Dictionary<string, object>
        {
            ["state"] = health.State.ToString(),
            ["source"] = health.Source,
            ["roots"] = health.Roots.Count,
            ["rootsUnavailable"] = health.Roots.Count(root => !root.IsAvailable),
            ["rootsOnFallback"] = health.Roots.Count(root => root.SourceReason is not null),
            ["openGaps"] = health.OpenGaps.Count,
            ["received"] = counters.Received,
            ["coalesced"] = counters.Coalesced,
            ["ignored"] = counters.Ignored,
            ["suppressed"] = counters.Suppressed,
            ["emitted"] = counters.Emitted,
            ["pending"] = counters.Pending,
            ["lost"] = counters.Lost,
            ["transient"] = counters.Transient,
            ["sourceLosses"] = counters.SourceLosses,
            ["sourceRestarts"] = counters.SourceRestarts,
            ["events"] = counters.Events,
            ["gaps"] = counters.Gaps,
            ["checksumFiles"] = counters.ChecksumFiles,
            ["checksumBytes"] = counters.ChecksumBytes,
            ["queueLength"] = health.QueueLength,
            ["queueCapacity"] = health.QueueCapacity,
            ["pendingPaths"] = health.PendingPaths,
            ["filesWaitingToBeRead"] = health.FilesWaitingToBeRead,
            ["filesBeingRead"] = health.FilesBeingRead,
            ["maxConcurrentReads"] = health.MaxConcurrentReads,
            ["oldestWaitSeconds"] = (long)health.OldestWait.TotalSeconds,
            ["directoriesToReconcile"] = health.DirectoriesToReconcile,
            ["knownItems"] = health.KnownItems,
            ["sinks"] = health.Sinks.Count,
            ["sinksFailing"] = health.Sinks.Count(sink => sink.IsFailing || sink.IsCircuitOpen),
            ["sinkEventsDropped"] = health.Sinks.Sum(sink => sink.Dropped),
            ["heldFiles"] = health.HeldFiles,
            ["handlers"] = health.Handlers.Count,
            ["handlersFailing"] = health.Handlers.Count(handler => handler.FailingSince is not null),
            ["deadLetters"] = health.Handlers.Sum(handler => handler.DeadLetters),
            ["readers"] = health.Readers.Count,
            ["readersLagging"] = health.Readers.Count(reader => reader.IsLagging),
            ["readerEventsSkipped"] = health.Readers.Sum(reader => reader.Skipped),
        };

        for (var i = 0; i < health.Roots.Count; i++)
        {
            data[Words.Invariant($"root{i}")] = $"{health.Roots[i].Path}: {(health.Roots[i].IsAvailable ? health.Roots[i].Source : "unavailable")}";
        }

        return data;
    }
}
