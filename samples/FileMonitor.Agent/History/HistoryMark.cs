namespace FileMonitor.Agent.History;

/// <summary>What a mark is about.</summary>
internal enum MarkKind
{
    /// <summary>A run began.</summary>
    Started,

    /// <summary>A run was stopped.</summary>
    Stopped,

    /// <summary>A start found what the run before had left: it was not stopped.</summary>
    Recovered,

    /// <summary>The last record of a run that was not stopped.</summary>
    LastSeen,

    /// <summary>A gap opened or closed, a root was lost or is back.</summary>
    Event,
}

/// <summary>Something that a history is made of, in the order of the journal.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="At">When it was.</param>
internal sealed record HistoryMark(MarkKind Kind, DateTimeOffset At)
{
    /// <summary>The event, if it is one.</summary>
    public AuditEvent? Event { get; init; }

    /// <summary>For <see cref="MarkKind.Recovered"/>: what was found.</summary>
    public string? Detail { get; init; }

    /// <summary>Null for an event that says nothing of whether all was watched.</summary>
    public static HistoryMark? Of(AuditEvent auditEvent) =>
        auditEvent.Kind is AuditEventKind.Gap or AuditEventKind.RootLost or AuditEventKind.RootRestored ? new(MarkKind.Event, auditEvent.OccurredAt) { Event = auditEvent } : null;
}
