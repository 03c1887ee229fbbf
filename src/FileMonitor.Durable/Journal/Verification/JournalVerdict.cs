using FileMonitor.Durable.Journal.Timestamps;

namespace FileMonitor.Durable.Journal.Verification;

/// <summary>What is wrong.</summary>
internal enum JournalProblem
{
    /// <summary>The directory has no segment, or no key to begin with.</summary>
    NothingToVerify,

    /// <summary>The header of a segment is not what the records before it make it.</summary>
    HeaderChanged,

    /// <summary>Records between two checkpoints were changed, removed, added or moved.</summary>
    RecordsChanged,

    /// <summary>Records are missing that a later segment, a checkpoint, a key or an anchor knows of.</summary>
    RecordsMissing,

    /// <summary>A record is not one object of JSON, or longer than any.</summary>
    RecordMalformed,

    /// <summary>The sequence number of a record is not larger than the one before.</summary>
    SequenceNotAscending,

    /// <summary>A checkpoint is not written as one, or is of another journal or out of order.</summary>
    CheckpointMalformed,

    /// <summary>A checkpoint is not signed by the key that is valid there.</summary>
    CheckpointForeign,

    /// <summary>Too many records lie between two checkpoints, or behind the last.</summary>
    CheckpointMissing,

    /// <summary>A link from one key to the next is not to be believed.</summary>
    KeyLinkBroken,

    /// <summary>An anchored checkpoint is not one of this journal, or says something else than the journal.</summary>
    AnchorContradicts,

    /// <summary>A time stamp is not of its checkpoint, or not of an authority that is trusted.</summary>
    TimestampRefused,
}

/// <summary>The first thing that is wrong, and where.</summary>
/// <param name="Problem">What.</param>
/// <param name="Place">The file.</param>
/// <param name="FirstRecord">The first record that it can be about.</param>
/// <param name="LastRecord">The last one; smaller than the first when it is about none.</param>
/// <param name="Message">A sentence.</param>
internal sealed record JournalFinding(JournalProblem Problem, string Place, long FirstRecord, long LastRecord, string Message);

/// <summary>What can be said of a journal.</summary>
internal sealed record JournalVerdict
{
    /// <summary>Null when nothing is wrong.</summary>
    public JournalFinding? Finding { get; init; }

    public string Origin { get; init; } = "";

    /// <summary>The first record that is left.</summary>
    public long FirstIndex { get; init; }

    /// <summary>How many records from record 0 on are what was written, by the word of whoever has the keys.</summary>
    public long AuthenticUpTo { get; init; }

    /// <summary>How many records from record 0 on are what was anchored.</summary>
    public long AnchoredUpTo { get; init; }

    /// <summary>How many records from record 0 on existed at <see cref="Timestamp"/>.</summary>
    public long TimestampedUpTo { get; init; }

    /// <summary>The last time stamp; null when there is none.</summary>
    public Timestamp? Timestamp { get; init; }

    /// <summary>The first of those that were signed only after the process that wrote them had ended.</summary>
    public IReadOnlyList<SignedLater> SignedLater { get; init; } = [];

    /// <summary>How many times that was so.</summary>
    public long SignedLaterCount { get; init; }

    /// <summary>All records that were read: those behind the last checkpoint are not proved.</summary>
    public long RecordCount { get; init; }

    /// <summary>Bytes behind the last whole line: a crash or a write that is under way.</summary>
    public long TornBytes { get; init; }

    /// <summary>Bytes of segments that a later segment replaced.</summary>
    public long VoidBytes { get; init; }

    /// <summary>Whether the first key was the one in the journal's own directory: it proves only that nothing changed since somebody has looked at it.</summary>
    public bool IsKeyTrustedOnFirstUse { get; init; }

    public override string ToString() =>
        (Finding is null ? "" : $"{Finding.Message} ")
        + $"Of {RecordCount} records {AuthenticUpTo} are authentic and {AnchoredUpTo} anchored"
        + (IsKeyTrustedOnFirstUse ? "; the first key was trusted on first use." : ".");
}
