using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>Writes events for a host. Batches come one at a time, in order, and never overlap.</summary>
public interface IAuditEventSink
{
    /// <summary>
    /// Takes a batch. When it completes, the sink is responsible for the events; when it throws, the batch is offered again (see
    /// <see cref="SinkPromise"/>).
    /// </summary>
    /// <param name="batch">At least one event, in order of sequence. Valid until the call completes.</param>
    /// <param name="cancellationToken">Signalled when the write took too long or the monitor's stop ran out of time.</param>
    Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken);

    /// <summary>Makes the taken events durable; called when the monitor stops. The default does nothing.</summary>
    /// <param name="cancellationToken">Signalled when the stop ran out of time.</param>
    Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The promise to a sink.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SinkPromise>))]
public enum SinkPromise
{
    /// <summary>
    /// The sink has its own buffer and never holds up readers or other sinks. A failed batch is tried again, then dropped and counted; after
    /// repeated failures the sink is not called for a while (a circuit breaker).
    /// </summary>
    BestEffort,

    /// <summary>
    /// The sink gets every event before any reader does, and the stream waits for it. When it fails for good, a <see cref="AuditEventKind.Gap"/>
    /// in the stream and the monitor's health say which events it did not get.
    /// </summary>
    Required,
}
