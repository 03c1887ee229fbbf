namespace FileMonitor.Delivery;

/// <summary>
/// The place in the log of a consumer that acknowledges. What was not acknowledged is read again after <see cref="Rewind"/>, and by the next process where the
/// log is durable. One reader at a time; acknowledging is for any thread.
/// </summary>
internal interface IAcknowledgedCursor
{
    /// <summary>Whether the place outlives the process.</summary>
    bool IsDurable { get; }

    /// <summary>Every event up to this one was acknowledged.</summary>
    long Acknowledged { get; }

    /// <summary>How many events were told and not acknowledged.</summary>
    long Lag { get; }

    /// <summary>The next events, at least one; waits for it. Empty when no more comes.</summary>
    ValueTask<IReadOnlyList<AuditEvent>> ReadAsync(int most, CancellationToken cancellationToken);

    /// <summary>The consumer is done with this event. The place moves when all before it are acknowledged, too.</summary>
    void Acknowledge(long sequence);

    /// <summary>Reads again from the first event that is not acknowledged.</summary>
    void Rewind();
}
