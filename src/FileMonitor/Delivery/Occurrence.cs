namespace FileMonitor.Delivery;

/// <summary>When and how the monitor learned of a change; copied into every event that follows from the change.</summary>
internal readonly record struct Occurrence(
    AuditEventOrigin Origin,
    int Hints,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    DateTimeOffset SettledAt,
    Actor? Actor = null,
    bool HasOtherActors = false)
{
    /// <summary>For a change that only follows from the hinted one: without the actor, because somebody else may have made it.</summary>
    public Occurrence WithoutActor => this with { Actor = null, HasOtherActors = false };

    /// <summary>For a change that follows from another event or from a scan: no hints, no actor, all times are now.</summary>
    public static Occurrence Now(AuditEventOrigin origin, DateTimeOffset now) => new(origin, 0, now, now, now);
}
