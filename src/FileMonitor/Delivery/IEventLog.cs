using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Delivery;

/// <summary>
/// The events of one monitor in the order in which they are told. One writer, the dispatcher, appends; any number of cursors read. That there is
/// more is told to the cursors by the dispatcher and not by the log: required sinks have an event before anybody else may read it.
/// </summary>
internal interface IEventLog
{
    /// <summary>The lowest sequence number that can be read; one more than <see cref="Last"/> when there is none. Any thread.</summary>
    long First { get; }

    /// <summary>The last sequence number given. Any thread.</summary>
    long Last { get; }

    /// <summary>How many events one append has at most. Beside these it holds what its cursors may lag.</summary>
    int MaxBatch { get; }

    /// <summary>
    /// Gives each event the next sequence number, an id and the time, and keeps it, with the changes that come with it where the log is durable.
    /// Completes when the events are as safe as this log makes them; the list is not used after that. One caller at a time.
    /// </summary>
    ValueTask AppendAsync(IReadOnlyList<StreamItem> batch, DateTimeOffset now);

    /// <summary>Reads one event; false when it is no longer held, or not yet there. Any thread.</summary>
    bool TryRead(long sequence, [NotNullWhen(true)] out AuditEvent? auditEvent);

    /// <summary>No cursor will read the events up to this one any more; the log may forget them. Any thread.</summary>
    void Release(long upTo);
}
