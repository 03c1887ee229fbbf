namespace FileMonitor.Delivery;

/// <summary>
/// What the dispatcher is handed: an event, or a mark behind which everything that was handed over before it is delivered. Neither is a wish to look at
/// what else there is to do.
/// </summary>
/// <param name="Event">An event without number.</param>
/// <param name="Mark">Completed by the dispatcher with the last sequence number before it.</param>
internal readonly record struct StreamItem(AuditEvent? Event, TaskCompletionSource<long>? Mark);
