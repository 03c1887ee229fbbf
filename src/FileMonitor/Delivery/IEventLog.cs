using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Delivery;

/// <summary>
/// The events of one monitor in the order of their sequence numbers. One writer, the dispatcher, appends; any number of cursors read. The dispatcher, not the
/// log, releases events to the cursors, because required sinks must have an event before anybody else.
/// </summary>
internal interface IEventLog
{
    /// <summary>The first event that can be read; one more than <see cref="Last"/> when there is none. Any thread.</summary>
    long First { get; }

    /// <summary>The last assigned sequence number. Any thread.</summary>
    long Last { get; }

    /// <summary>The largest batch. The log holds a batch in addition to the events that its cursors may lag.</summary>
    int MaxBatch { get; }

    /// <summary>
    /// Assigns each event the next sequence number, an id and the time, and keeps it; a durable log also keeps the tree changes that come with it. Completes
    /// when the events are as safe as this log makes them: a durable one has them on the disk. The list is not used after that. One caller at a time.
    /// </summary>
    ValueTask AppendAsync(IReadOnlyList<StreamItem> batch, DateTimeOffset now);

    /// <summary>Reads one event. False when it was released, or was not appended yet. Any thread.</summary>
    bool TryRead(long sequence, [NotNullWhen(true)] out AuditEvent? auditEvent);

    /// <summary>No cursor reads the events up to this one any more; the log may drop them. Any thread.</summary>
    void Release(long upTo);
}
