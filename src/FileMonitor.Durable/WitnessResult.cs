using System.Text.Json.Serialization;

namespace FileMonitor.Durable;

/// <summary>What a checkpoint says of the records that a witness was given.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WitnessStatus>))]
public enum WitnessStatus
{
    /// <summary>It is signed by the journal's key, and the records are those that it covers. Also when it was checked before.</summary>
    Consistent = 0,

    /// <summary>It is of more records than the witness was given. Check it again once they are there.</summary>
    Ahead = 1,

    /// <summary>It is signed by the journal's key, and is about other records: at least one was changed, removed, added or moved, here or there.</summary>
    RootDiffers = 2,

    /// <summary>
    /// It is signed by the journal's key, is smaller than one that was checked before, and is neither one of the last 64 of those nor one that proves a key. If it is none that was
    /// consistent earlier, the journal is an older copy of itself. Who keeps all checkpoints can tell; two with the same text before the signature are the same.
    /// </summary>
    Backwards = 3,

    /// <summary>It is not signed by the key that is valid at that size.</summary>
    KeyUnknown = 4,

    /// <summary>
    /// It is signed by the key that a record names, and the checkpoint by the key before, which proves that record, was not seen yet. Check that one, then this one again.
    /// </summary>
    KeyUnproved = 5,

    /// <summary>It is no checkpoint, or one of another journal.</summary>
    Malformed = 6,

    /// <summary>It came more than 2,048 records late, so it cannot be compared any more and proves nothing. A later one covers its records, too.</summary>
    TooOld = 7,
}

/// <summary>The answer of a witness (<see cref="JournalWitness.Check"/>).</summary>
public sealed class WitnessResult
{
    internal WitnessResult(WitnessStatus status, long size, string message) => (Status, Size, Message) = (status, size, message);

    /// <summary>What the checkpoint says.</summary>
    public WitnessStatus Status { get; }

    /// <summary>How many records it covers; -1 when it is none.</summary>
    public long Size { get; }

    /// <summary>A sentence for a person. Its words may change.</summary>
    public string Message { get; }

    /// <summary>The sentence.</summary>
    public override string ToString() => Message;
}
