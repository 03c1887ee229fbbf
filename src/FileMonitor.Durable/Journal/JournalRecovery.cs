namespace FileMonitor.Durable.Journal;

/// <summary>What was found when the journal was opened.</summary>
/// <param name="IsNew">There was none.</param>
/// <param name="AbandonedBy">The process that had it last and did not close it; null after an orderly close.</param>
/// <param name="RecordCount">Records that are there, those that were deleted included: the index of the next one.</param>
/// <param name="CutBytes">Bytes behind the last good record or checkpoint that are none and were left out.</param>
/// <param name="RewrittenRecords">Records behind the last checkpoint, written again into a new segment, because it is not known whether they were on the device.</param>
internal sealed record JournalRecovery(bool IsNew, string? AbandonedBy, long RecordCount, long CutBytes, long RewrittenRecords)
{
    /// <summary>Whether there is something to tell in a record.</summary>
    public bool WasClosedInOrder => AbandonedBy is null && CutBytes == 0 && RewrittenRecords == 0;

    /// <summary>The first record behind the last checkpoint.</summary>
    public long FirstUnsigned => RecordCount - RewrittenRecords;

    /// <summary>What a journal that was not closed in order says in the log and in its record.</summary>
    public string Describe() => $"The process before ({AbandonedBy ?? "unknown"}) did not close the journal" + CutBytes switch
    {
        0 => ".",
        1 => "; 1 byte behind its last record was left out.",
        _ => FormattableString.Invariant($"; {CutBytes} bytes behind its last record were left out."),
    } + RewrittenRecords switch
    {
        0 => "",
        1 => FormattableString.Invariant($" Record {FirstUnsigned} is behind its last checkpoint, and is signed only from now on."),
        _ => FormattableString.Invariant($" Records {FirstUnsigned} to {RecordCount - 1} are behind its last checkpoint, and are signed only from now on."),
    };
}
