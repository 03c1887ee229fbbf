namespace FileMonitor;

/// <summary>
/// The events of a monitor for a consumer that acknowledges each one after its work. What it has not acknowledged it is told again: when it enumerates anew, and,
/// where the monitor has durable state, after a restart of the process, with the same id and the same content. From <see cref="FileSystemMonitor.Subscribe"/>.
/// </summary>
/// <remarks>
/// Each event is told at least once, in order. At most <see cref="ReaderOptions.BufferCapacity"/> events are out unacknowledged; then the enumeration waits.
/// Without durable state the place is in memory, and a subscription that falls behind by more than a reader may is told a
/// <see cref="AuditEventKind.Gap"/>, as any reader is.
/// </remarks>
public abstract class EventSubscription : IAsyncEnumerable<AuditEvent>
{
    private protected EventSubscription()
    {
    }

    /// <summary>Its name, which its place is kept by.</summary>
    public abstract string Name { get; }

    /// <summary>Whether its place and its events outlive the process. False for a monitor without durable state.</summary>
    public abstract bool IsDurable { get; }

    /// <summary>How many events it has not acknowledged: those it was told, and with durable state those that wait for it. 0 before it is enumerated.</summary>
    public abstract long Lag { get; }

    /// <summary>
    /// The consumer is done with an event. The place moves on when all events before it are acknowledged as well, so the order does not matter. With durable
    /// state it is written within a second; what a crash takes of it is told again. An event that was acknowledged before, or not told, changes nothing.
    /// Any thread.
    /// </summary>
    /// <param name="auditEvent">The event.</param>
    /// <exception cref="ArgumentNullException"><paramref name="auditEvent"/> is null.</exception>
    public abstract void Acknowledge(AuditEvent auditEvent);

    /// <summary>The consumer is done with several events; see <see cref="Acknowledge(AuditEvent)"/>.</summary>
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
    /// The events, from the first that is not acknowledged. Waits until the monitor has started. Ends when the monitor has stopped and everything was told.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>; what is unacknowledged is told again by the next one.</param>
    /// <exception cref="InvalidOperationException">It is being enumerated: a subscription has one consumer at a time.</exception>
    public abstract IAsyncEnumerator<AuditEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default);
}
