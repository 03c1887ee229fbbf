namespace FileMonitor.Durable;

/// <summary>
/// What a journal says about a period (<see cref="AuditJournal.Report"/>). It is made of the records that were verified: all of them when the journal is
/// authentic, otherwise those that are.
/// </summary>
public sealed class JournalReport
{
    internal JournalReport()
    {
    }

    /// <summary>The largest number of events in <see cref="Offline"/> and <see cref="OpenGaps"/>; the counts say how many there are.</summary>
    public const int MostListed = 1000;

    /// <summary>What can be said of the journal, and the checkpoint that covers it.</summary>
    public required JournalVerification Verification { get; init; }

    /// <summary>The begin of the period that was asked for; null for that of the journal.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Its end; null for that of the journal.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The index of the first record of the period; null when there is none.</summary>
    public long? FirstRecord { get; init; }

    /// <summary>The index of its last record; null when there is none.</summary>
    public long? LastRecord { get; init; }

    /// <summary>The time of its first record; null when there is none.</summary>
    public DateTimeOffset? FirstAt { get; init; }

    /// <summary>The time of its last record; null when there is none.</summary>
    public DateTimeOffset? LastAt { get; init; }

    /// <summary>What was watched, each with the time since when: the one that held when the period began, and each change.</summary>
    public required IReadOnlyList<JournalScope> Scopes { get; init; }

    /// <summary>When the monitor was running.</summary>
    public required IReadOnlyList<JournalRun> Runs { get; init; }

    /// <summary>When nobody watched, between two runs and after the last one that was stopped.</summary>
    public required IReadOnlyList<JournalPause> Pauses { get; init; }

    /// <summary>How many events there are, by kind and origin.</summary>
    public required IReadOnlyList<JournalCount> Counts { get; init; }

    /// <summary>How many differences were found at a start, of what happened while the monitor was not running.</summary>
    public required long OfflineCount { get; init; }

    /// <summary>The first <see cref="MostListed"/> of them.</summary>
    public required IReadOnlyList<AuditEvent> Offline { get; init; }

    /// <summary>How many gaps are open at the end of the period, whenever they were opened.</summary>
    public required long OpenGapCount { get; init; }

    /// <summary>The events that opened the first <see cref="MostListed"/> of them.</summary>
    public required IReadOnlyList<AuditEvent> OpenGaps { get; init; }

    /// <summary>What was accepted since the period began, also after its end: who accepts looks back.</summary>
    public required IReadOnlyList<JournalAcceptance> Acceptances { get; init; }

    /// <summary>Records of the period of a kind that this version does not know, or that it cannot read.</summary>
    public required long UnknownRecords { get; init; }
}

/// <summary>What a monitor watched.</summary>
public sealed class JournalScope
{
    internal JournalScope()
    {
    }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The roots.</summary>
    public required IReadOnlyList<JournalRoot> Roots { get; init; }
}

/// <summary>A root that a monitor watched.</summary>
public sealed class JournalRoot
{
    internal JournalRoot()
    {
    }

    /// <summary>Its absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Whether what is below its subdirectories was watched, too.</summary>
    public required bool Recursive { get; init; }

    /// <summary>The patterns of what was watched; empty for everything.</summary>
    public required IReadOnlyList<string> Include { get; init; }

    /// <summary>The patterns of what was left out.</summary>
    public required IReadOnlyList<string> Ignore { get; init; }
}

/// <summary>How a run of a monitor ended.</summary>
public enum JournalRunEnd
{
    /// <summary>Its records go on to the end of the journal: it is running, or it ended without saying so.</summary>
    None,

    /// <summary>It was stopped, and said so.</summary>
    Stopped,

    /// <summary>It ended without saying so: a crash, a loss of power, or somebody ended it.</summary>
    Abandoned,
}

/// <summary>One run of a monitor.</summary>
public sealed class JournalRun
{
    internal JournalRun()
    {
    }

    /// <summary>When it started; null when that record was deleted.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it was stopped; without that, the time of its last record.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How it ended.</summary>
    public required JournalRunEnd End { get; init; }

    /// <summary>Its process; null when that is not known.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The version of the library; null when that is not known.</summary>
    public string? Version { get; init; }

    /// <summary>What it had to bring in order when it started, in words; null when nothing.</summary>
    public string? Recovery { get; init; }
}

/// <summary>A time in which nobody watched.</summary>
public sealed class JournalPause
{
    internal JournalPause()
    {
    }

    /// <summary>When the run before ended; without a stop, the time of its last record.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>When the next run started; null when none has.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>How many events of a kind and an origin there are.</summary>
public sealed class JournalCount
{
    internal JournalCount()
    {
    }

    /// <summary>The kind.</summary>
    public required AuditEventKind Kind { get; init; }

    /// <summary>The origin.</summary>
    public required AuditEventOrigin Origin { get; init; }

    /// <summary>How many.</summary>
    public required long Count { get; init; }
}
