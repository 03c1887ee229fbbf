namespace FileMonitor.Durable;

/// <summary>What a consumer of a journal gets next: a record, or a checkpoint, which comes after all records that it covers.</summary>
public sealed class JournalEntry
{
    internal JournalEntry(JournalRecord record) => Record = record;

    internal JournalEntry(JournalCheckpoint checkpoint) => Checkpoint = checkpoint;

    /// <summary>The record; null for a checkpoint.</summary>
    public JournalRecord? Record { get; }

    /// <summary>The checkpoint; null for a record.</summary>
    public JournalCheckpoint? Checkpoint { get; }
}

/// <summary>A record of a journal: an event, or what the monitor notes about itself.</summary>
public sealed class JournalRecord
{
    internal JournalRecord(long index, ReadOnlyMemory<byte> line, Guid? eventId) => (Index, Line, EventId) = (index, line, eventId);

    /// <summary>Its index, from 0, over the whole life of the journal. One that is missing was deleted before this consumer read it.</summary>
    public long Index { get; }

    /// <summary>The line of JSON with its line feed, byte for byte as it is in the journal: the leaf of the tree that checkpoints sign.</summary>
    public ReadOnlyMemory<byte> Line { get; }

    /// <summary>The id of the event (<see cref="AuditEvent.Id"/>); null for a record that is no event.</summary>
    public Guid? EventId { get; }
}
