namespace FileMonitor.Delivery;

/// <summary>When and how the monitor came to know of what an event says; copied into every event that comes of one change.</summary>
internal readonly record struct Occurrence(
    AuditEventOrigin Origin,
    int Hints,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    DateTimeOffset SettledAt,
    Actor? Actor = null,
    bool HasOtherActors = false)
{
    /// <summary>For what was not hinted at itself and only follows: somebody else may have done it before.</summary>
    public Occurrence WithoutActor => this with { Actor = null, HasOtherActors = false };

    /// <summary>For what follows from another event or from a scan: no hints, nobody who did it, all times now.</summary>
    public static Occurrence Now(AuditEventOrigin origin, DateTimeOffset now) => new(origin, 0, now, now, now);
}
