using System.Diagnostics.CodeAnalysis;

namespace FileMonitor;

/// <summary>
/// Does the work for each event: moves an upload, writes a row. The monitor calls it, tries again when it throws, and acknowledges the event when it has returned. Added by
/// <c>AddHandler</c> of a builder (<see cref="IFileMonitorBuilder"/>) or, without a container, of <see cref="Extending.FileMonitorComponents"/>.
/// </summary>
/// <remarks>
/// Events of one path come one after the other, in order; those of other paths at the same time (<see cref="HandlerOptions.Parallelism"/>). A directory's rename, which
/// changes the paths of what is in it, comes alone. Each event is delivered at least once: after a crash of a monitor with durable state, those that were not acknowledged
/// come again with the same <see cref="AuditEvent.Id"/>, so the work must be such that doing it twice does no harm.
/// </remarks>
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "Handler is the usual word for it; it is no delegate of a .NET event, for which the suffix is kept.")]
public interface IAuditEventHandler
{
    /// <summary>Handles one event. Returning means that it is done; an exception means that it is to be tried again.</summary>
    /// <param name="auditEvent">The event.</param>
    /// <param name="cancellationToken">
    /// Signalled when <see cref="HandlerOptions.Timeout"/> has passed, or when a stop of the monitor ran out of time (<see cref="FileMonitorOptions.ShutdownTimeout"/>);
    /// not when a stop begins. Callbacks that are registered with it run on the thread pool; one that throws is logged, and nothing waits for one that blocks.
    /// </param>
    Task HandleAsync(AuditEvent auditEvent, CancellationToken cancellationToken);
}
