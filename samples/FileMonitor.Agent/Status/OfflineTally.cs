namespace FileMonitor.Agent.Status;

/// <summary>Counts what each monitor tells of the time in which it did not run, and what it lost of the runs before. Under one lock, held briefly.</summary>
internal sealed class OfflineTally
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Counts> _byMonitor = [];

    public void Add(AuditEvent auditEvent)
    {
        var isLoss = auditEvent.Gap is { Cause: GapCause.StateLost };
        var isSkipped = auditEvent.Gap is { Cause: GapCause.ReaderTooSlow };
        if (auditEvent.Origin != AuditEventOrigin.Offline && !isLoss && !isSkipped)
        {
            return;
        }

        lock (_gate)
        {
            var counts = CountsOf(auditEvent.Monitor);
            if (isLoss)
            {
                // Two events for each root: one opens the gap, one closes it.
                counts.Losses.TryAdd(auditEvent.Root, auditEvent.Detail ?? "");
            }
            else if (isSkipped)
            {
                counts.IsAtLeast = true;
            }
            else
            {
                counts.ByKind[auditEvent.Kind] = counts.ByKind.GetValueOrDefault(auditEvent.Kind) + 1;
            }
        }
    }

    public OfflineCounts Read(string monitor)
    {
        lock (_gate)
        {
            var counts = CountsOf(monitor);
            return new(
                counts.ByKind.OrderBy(one => one.Key).ToDictionary(one => one.Key.ToString(), one => one.Value),
                [.. counts.Losses.Select(one => new LossStatus(one.Key, one.Value))],
                counts.IsAtLeast);
        }
    }

    private Counts CountsOf(string monitor)
    {
        if (!_byMonitor.TryGetValue(monitor, out var counts))
        {
            _byMonitor.Add(monitor, counts = new());
        }

        return counts;
    }

    private sealed class Counts
    {
        public Dictionary<AuditEventKind, long> ByKind { get; } = [];

        public Dictionary<string, string> Losses { get; } = [];

        public bool IsAtLeast { get; set; }
    }
}

/// <param name="ByKind">How many changes of each kind.</param>
/// <param name="Losses">The roots of which the state was lost, with what happened to it.</param>
/// <param name="IsAtLeast">Whether the agent was not given every event, so that there may be more.</param>
internal sealed record OfflineCounts(IReadOnlyDictionary<string, long> ByKind, IReadOnlyList<LossStatus> Losses, bool IsAtLeast);
