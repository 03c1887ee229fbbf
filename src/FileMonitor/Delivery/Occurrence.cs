namespace FileMonitor.Delivery;

/// <summary>When and how the monitor learned of a change, and who made it; copied into every event that follows from the change.</summary>
internal readonly record struct Occurrence(
    AuditEventOrigin Origin,
    int Hints,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    DateTimeOffset SettledAt,
    Attribution By = default)
{
    /// <summary>For a change that only follows from the hinted one: without the actor, because somebody else may have made it.</summary>
    public Occurrence WithoutActor => this with { By = default };

    /// <summary>For a change that follows from another event or from a scan: no hints, no actor, all times are now.</summary>
    public static Occurrence Now(AuditEventOrigin origin, DateTimeOffset now) => new(origin, 0, now, now, now);
}
