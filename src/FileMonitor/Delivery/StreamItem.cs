namespace FileMonitor.Delivery;

/// <summary>
/// An item for the dispatcher: an event with the tree changes up to it; tree changes alone; or a mark, which is completed when everything before it is delivered.
/// An empty item only wakes the dispatcher.
/// </summary>
/// <param name="Event">The event, not yet numbered.</param>
/// <param name="Deltas">The tree changes since the previous item; null when there is no store.</param>
/// <param name="Mark">The dispatcher completes it with the last sequence number before the mark.</param>
internal readonly record struct StreamItem(AuditEvent? Event = null, IReadOnlyList<RootDelta>? Deltas = null, TaskCompletionSource<long>? Mark = null)
{
    public static implicit operator StreamItem(AuditEvent auditEvent) => new(auditEvent);
}
