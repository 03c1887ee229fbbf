namespace FileMonitor.Delivery;

/// <summary>
/// What the dispatcher is handed: an event, with the changes of the snapshots that it tells or that came before it; such changes alone; or a mark behind which
/// everything that was handed over before it is delivered. None of these is a wish to look at what else there is to do.
/// </summary>
/// <param name="Event">An event without number.</param>
/// <param name="Deltas">The changes of the snapshots since the item before, where a store keeps them; otherwise null.</param>
/// <param name="Mark">Completed by the dispatcher with the last sequence number before it.</param>
internal readonly record struct StreamItem(AuditEvent? Event = null, IReadOnlyList<RootDelta>? Deltas = null, TaskCompletionSource<long>? Mark = null)
{
    public static implicit operator StreamItem(AuditEvent auditEvent) => new(auditEvent);
}
