namespace FileMonitor.Agent.Search;

/// <summary>An event that a search found.</summary>
/// <param name="Event">The event.</param>
/// <param name="Place">Where it stands in its source: the position in the buffer, or the index in the journal.</param>
internal readonly record struct FoundEvent(AuditEvent Event, long Place);
