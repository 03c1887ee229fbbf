using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>Where a host has events written. Batches come one at a time, in order, and never overlap.</summary>
public interface IAuditEventSink
{
    /// <summary>Takes a batch. When it completes, the events are the sink's; when it throws, the batch is offered again (see <see cref="SinkPromise"/>).</summary>
    /// <param name="batch">At least one event, in order of sequence. Valid until the call completes.</param>
    /// <param name="cancellationToken">Signalled when the write took too long or the monitor's stop ran out of time.</param>
    Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken);

    /// <summary>Makes what was taken durable; called when the monitor stops. The default does nothing.</summary>
    /// <param name="cancellationToken">Signalled when the stop ran out of time.</param>
    Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>What a sink is promised.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SinkPromise>))]
public enum SinkPromise
{
    /// <summary>
    /// Has its own buffer, so that it never holds up readers or other sinks. A failed batch is tried again, then dropped and counted; after repeated
    /// failures it is left alone for a while (a circuit breaker).
    /// </summary>
    BestEffort,

    /// <summary>
    /// Gets every event before any reader does, and the stream waits for it. When it fails for good, a <see cref="AuditEventKind.Gap"/> in the
    /// stream and the monitor's health say which events it does not have.
    /// </summary>
    Required,
}
