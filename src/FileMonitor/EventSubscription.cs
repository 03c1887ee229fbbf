namespace FileMonitor;

/// <summary>
/// The events of a monitor for a consumer that acknowledges each one after its work. Unacknowledged events are delivered again: to the next enumeration and, when the
/// monitor has durable state, after a restart of the process, with the same id and the same content. From <see cref="FileSystemMonitor.Subscribe"/>.
/// </summary>
/// <remarks>
/// Each event is delivered at least once, in order. At most <see cref="ReaderOptions.BufferCapacity"/> delivered events may be unacknowledged; then the enumeration waits.
/// Without durable state the position is in memory, and a subscription that lags further than a reader may gets a <see cref="AuditEventKind.Gap"/>, as any
/// reader does.
/// </remarks>
public abstract class EventSubscription : IAsyncEnumerable<AuditEvent>
{
    private protected EventSubscription()
    {
    }

    /// <summary>The name, by which the position is kept.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the position and the events survive the process. False for a monitor without durable state.</summary>
    public abstract bool IsDurable { get; }

    /// <summary>How many events are not acknowledged: those that were delivered, and those that wait. 0 before the first enumeration.</summary>
    public abstract long Lag { get; }

    /// <summary>
    /// The consumer has handled an event. The position advances when all events before it are acknowledged as well, so the order does not matter. With durable
    /// state the position is written once a second; after a crash, events acknowledged since then are delivered again. Ignores an event that was not delivered or
    /// is already acknowledged. Any thread.
    /// </summary>
    /// <param name="auditEvent">The event.</param>
    /// <exception cref="ArgumentNullException"><paramref name="auditEvent"/> is null.</exception>
    public abstract void Acknowledge(AuditEvent auditEvent);

    /// <summary>The consumer has handled several events; see <see cref="Acknowledge(AuditEvent)"/>.</summary>
    /// <param name="events">The events.</param>
    /// <exception cref="ArgumentNullException"><paramref name="events"/> is null.</exception>
    public void Acknowledge(IEnumerable<AuditEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (var one in events)
        {
            Acknowledge(one);
        }
    }

    /// <summary>
    /// Enumerates the events from the first unacknowledged one. Waits until the monitor has started. Ends when the monitor has stopped and everything is delivered.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>; the next one delivers unacknowledged events again.</param>
    /// <exception cref="InvalidOperationException">The subscription is already being enumerated: it has one consumer at a time.</exception>
    public abstract IAsyncEnumerator<AuditEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default);
}
