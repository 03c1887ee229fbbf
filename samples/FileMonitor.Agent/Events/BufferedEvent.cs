namespace FileMonitor.Agent.Events;

/// <summary>One event as readers get it. The bytes are created once, on publishing, for all readers.</summary>
/// <param name="Position">Its place in the order of this run, from 1, without holes, over all monitors.</param>
/// <param name="Monitor">The monitor that reported it.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Frame">The whole server-sent event, in UTF-8, with the empty line at its end.</param>
internal sealed record BufferedEvent(long Position, string Monitor, AuditEventKind Kind, byte[] Frame);
