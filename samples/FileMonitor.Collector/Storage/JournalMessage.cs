namespace FileMonitor.Collector.Storage;

/// <summary>What a message is about.</summary>
internal enum MessageKind
{
    /// <summary>A line of a journal.</summary>
    Record,

    /// <summary>A signed note.</summary>
    Checkpoint,

    /// <summary>The first public key of a journal.</summary>
    Key,
}

/// <summary>A message from a host, read and whole.</summary>
/// <param name="Tag">What it is acknowledged by.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Host">Who says it is from.</param>
/// <param name="Origin">Which journal.</param>
/// <param name="Sequence">The index of the record.</param>
/// <param name="Body">The line, the note or the key.</param>
/// <param name="Columns">Of a record.</param>
internal sealed record JournalMessage(ulong Tag, MessageKind Kind, string Host, string Origin, long Sequence, byte[] Body, RecordColumns? Columns);
