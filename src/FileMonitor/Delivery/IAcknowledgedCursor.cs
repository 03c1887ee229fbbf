namespace FileMonitor.Delivery;

/// <summary>
/// The position in the log of a consumer that acknowledges. Unacknowledged events are read again after <see cref="Rewind"/>, and by the next process when the
/// log is durable. One reader at a time; any thread may acknowledge.
/// </summary>
internal interface IAcknowledgedCursor
{
    /// <summary>Whether the position survives the process.</summary>
    bool IsDurable { get; }

    /// <summary>All events up to this one are acknowledged.</summary>
    long Acknowledged { get; }

    /// <summary>How many events are not acknowledged, those that wait included.</summary>
    long Lag { get; }

    /// <summary>Whether nothing more is read before an event is acknowledged: as many as may be are out, counted from the first that is not acknowledged. Any thread.</summary>
    bool IsFull { get; }

    /// <summary>Reads the next events; waits until there is at least one. Empty when no more events come.</summary>
    ValueTask<IReadOnlyList<AuditEvent>> ReadAsync(int most, CancellationToken cancellationToken);

    /// <summary>The consumer has handled this event. The position advances when all events before it are acknowledged as well.</summary>
    void Acknowledge(long sequence);

    /// <summary>The next read begins with the first unacknowledged event.</summary>
    void Rewind();
}
