namespace FileMonitor.Durable;

/// <summary>What can be said of a journal (<see cref="AuditJournal.Verify"/>).</summary>
public sealed class JournalVerification
{
    /// <summary>The largest number of entries in <see cref="SignedLater"/>.</summary>
    public const int MostListed = 1000;

    internal JournalVerification()
    {
    }

    /// <summary>Whether nothing is wrong. Records behind the last checkpoint are not proved by that: they are those from <see cref="AuthenticUpTo"/> on.</summary>
    public bool IsAuthentic => Problem is null;

    /// <summary>A sentence about the first record, segment, checkpoint or key that is wrong, and why; null when nothing is.</summary>
    public string? Problem { get; internal init; }

    /// <summary>Which journal: <c>host/filemonitor/id</c>; empty when not even that can be read.</summary>
    public string Origin { get; internal init; } = "";

    /// <summary>The index of the first record that is left. Older ones were deleted, and the checkpoints cover them all the same.</summary>
    public long FirstRecord { get; internal init; }

    /// <summary>How many records there are or were, those that were deleted included: the index of the next one. When something is wrong, how far was read.</summary>
    public long Records { get; internal init; }

    /// <summary>
    /// How many records, from record 0 on, are those that were written, by the signature of whoever has the journal's keys: a count, those that were deleted included, so
    /// with 9 the records 0 to 8. 0 when none is proved.
    /// </summary>
    public long AuthenticUpTo { get; internal init; }

    /// <summary>How many records, from record 0 on, were anchored: a count, so with 9 the records 0 to 8. 0 when no anchor was given, or it has no checkpoint of this journal.</summary>
    public long AnchoredUpTo { get; internal init; }

    /// <summary>
    /// How many records, from record 0 on, existed at <see cref="TimestampedAt"/> by the word of <see cref="TimestampedBy"/>: a count, so with 9 the records 0 to 8. 0 when no time stamps were given, or there is none of
    /// this journal.
    /// </summary>
    public long TimestampedUpTo { get; internal init; }

    /// <summary>The time of the last time stamp; null when there is none.</summary>
    public DateTimeOffset? TimestampedAt { get; internal init; }

    /// <summary>The name of the time-stamping authority, as its certificate has it: whatever somebody wrote into it; null when there is none.</summary>
    public string? TimestampedBy { get; internal init; }

    /// <summary>
    /// Records that no checkpoint covered when the process that wrote them ended, and that the next start signed: since then they are proved like the others. What was changed of them before that, the signature does not show. The first
    /// <see cref="MostListed"/> times.
    /// </summary>
    public IReadOnlyList<JournalSignedLater> SignedLater { get; internal init; } = [];

    /// <summary>How many times that was so.</summary>
    public long SignedLaterCount { get; internal init; }

    /// <summary>
    /// Whether the first key was the one in the journal's directory, which proves only that nothing changed since somebody looked at that key. Give the key that
    /// was kept elsewhere.
    /// </summary>
    public bool IsKeyTrustedOnFirstUse { get; internal init; }

    /// <summary>The last checkpoint that holds, which covers the records before <see cref="AuthenticUpTo"/>; null when there is none.</summary>
    public JournalCheckpoint? Checkpoint { get; internal init; }
}

/// <summary>Records that were signed only by the start after the process that wrote them.</summary>
public sealed class JournalSignedLater
{
    internal JournalSignedLater()
    {
    }

    /// <summary>The index of the first.</summary>
    public long FirstRecord { get; internal init; }

    /// <summary>The index of the last.</summary>
    public long LastRecord { get; internal init; }

    /// <summary>Since when they are signed.</summary>
    public DateTimeOffset At { get; internal init; }
}
