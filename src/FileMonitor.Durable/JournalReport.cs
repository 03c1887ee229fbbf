using System.Text.Json.Serialization;

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
    public JournalVerification Verification { get; internal init; } = new();

    /// <summary>The begin of the period that was asked for; null for that of the journal.</summary>
    public DateTimeOffset? From { get; internal init; }

    /// <summary>Its end; null for that of the journal.</summary>
    public DateTimeOffset? To { get; internal init; }

    /// <summary>The index of the first record of the period; null when there is none.</summary>
    public long? FirstRecord { get; internal init; }

    /// <summary>The index of its last record; null when there is none.</summary>
    public long? LastRecord { get; internal init; }

    /// <summary>The time of its first record; null when there is none.</summary>
    public DateTimeOffset? FirstAt { get; internal init; }

    /// <summary>The time of its last record; null when there is none.</summary>
    public DateTimeOffset? LastAt { get; internal init; }

    /// <summary>What was watched, each with the time since when: the one that held when the period began, and each change.</summary>
    public IReadOnlyList<JournalScope> Scopes { get; internal init; } = [];

    /// <summary>When the monitor was running.</summary>
    public IReadOnlyList<JournalRun> Runs { get; internal init; } = [];

    /// <summary>When nobody watched, between two runs and after the last one that was stopped; then, root by root, when one of them was not watched although the monitor was running.</summary>
    public IReadOnlyList<JournalPause> Pauses { get; internal init; } = [];

    /// <summary>Of what nothing is known of the time before: roots that were watched for the first time, and roots whose patterns changed or whose extended attributes were not read before.</summary>
    public IReadOnlyList<JournalFirstWatched> FirstWatched { get; internal init; } = [];

    /// <summary>How many events there are, by kind and origin.</summary>
    public IReadOnlyList<JournalCount> Counts { get; internal init; } = [];

    /// <summary>How many differences were found at a start, of what happened while the monitor was not running.</summary>
    public long OfflineCount { get; internal init; }

    /// <summary>The first <see cref="MostListed"/> of them.</summary>
    public IReadOnlyList<AuditEvent> Offline { get; internal init; } = [];

    /// <summary>How many gaps are open at the end of the period, whenever they were opened.</summary>
    public long OpenGapCount { get; internal init; }

    /// <summary>The events that opened the first <see cref="MostListed"/> of them.</summary>
    public IReadOnlyList<AuditEvent> OpenGaps { get; internal init; } = [];

    /// <summary>What was accepted since the period began, also after its end: who accepts looks back.</summary>
    public IReadOnlyList<JournalAcceptance> Acceptances { get; internal init; } = [];

    /// <summary>Records of the period of a kind that this version does not know, or that it cannot read.</summary>
    public long UnknownRecords { get; internal init; }

    /// <summary>
    /// All events of the period, in the order of the journal. It is read again while this is enumerated, so that they need no memory: only the records that
    /// <see cref="Verification"/> is about, without those that are in <see cref="UnknownRecords"/>. Ended early by the token that the report was made with.
    /// </summary>
    /// <remarks>Enumerating it throws an <see cref="IOException"/> when the journal cannot be read, or was changed after it was verified.</remarks>
    public IEnumerable<AuditEvent> Events { get; internal init; } = [];
}

/// <summary>What a monitor watched.</summary>
public sealed class JournalScope
{
    internal JournalScope()
    {
    }

    /// <summary>Since when.</summary>
    public DateTimeOffset Since { get; internal init; }

    /// <summary>The roots.</summary>
    public IReadOnlyList<JournalRoot> Roots { get; internal init; } = [];
}

/// <summary>A root that a monitor watched.</summary>
public sealed class JournalRoot
{
    internal JournalRoot()
    {
    }

    /// <summary>Its absolute path.</summary>
    public string Path { get; internal init; } = "";

    /// <summary>Whether what is below its subdirectories was watched, too.</summary>
    public bool Recursive { get; internal init; }

    /// <summary>The patterns of what was watched; empty for everything.</summary>
    public IReadOnlyList<string> Include { get; internal init; } = [];

    /// <summary>The patterns of what was left out.</summary>
    public IReadOnlyList<string> Ignore { get; internal init; } = [];
}

/// <summary>How a run of a monitor ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JournalRunEnd>))]
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
    public DateTimeOffset? StartedAt { get; internal init; }

    /// <summary>When it was stopped; without that, the time of its last record.</summary>
    public DateTimeOffset? EndedAt { get; internal init; }

    /// <summary>How it ended.</summary>
    public JournalRunEnd End { get; internal init; }

    /// <summary>Its process; null when that is not known.</summary>
    public int? ProcessId { get; internal init; }

    /// <summary>The version of the library; null when that is not known.</summary>
    public string? Version { get; internal init; }

    /// <summary>What it had to bring in order when it started, in words; null when nothing.</summary>
    public string? Recovery { get; internal init; }
}

/// <summary>A time in which nobody watched.</summary>
public sealed class JournalPause
{
    internal JournalPause()
    {
    }

    /// <summary>When the run before ended; without a stop, the time of its last record.</summary>
    public DateTimeOffset From { get; internal init; }

    /// <summary>When the next run started, or the root was watched again; null when that has not happened.</summary>
    public DateTimeOffset? To { get; internal init; }

    /// <summary>The only root that was not watched; null for all of them.</summary>
    public string? Root { get; internal init; }

    /// <summary>Why.</summary>
    public JournalPauseReason Reason { get; internal init; }
}

/// <summary>Why something was not watched.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JournalPauseReason>))]
public enum JournalPauseReason
{
    /// <summary>The monitor was not running.</summary>
    NotRunning,

    /// <summary>The root was not in the configuration any more: from the record that says so.</summary>
    NotConfigured,

    /// <summary>The root was gone or could not be read: from <see cref="AuditEventKind.RootLost"/> to <see cref="AuditEventKind.RootRestored"/>.</summary>
    RootLost,
}

/// <summary>Something of which nothing is known of the time before it was watched.</summary>
public sealed class JournalFirstWatched
{
    internal JournalFirstWatched()
    {
    }

    /// <summary>Since when it is watched.</summary>
    public DateTimeOffset At { get; internal init; }

    /// <summary>The root.</summary>
    public string Root { get; internal init; } = "";

    /// <summary>What of the root.</summary>
    public JournalFirstWatchedPart Part { get; internal init; }
}

/// <summary>What is watched for the first time.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JournalFirstWatchedPart>))]
public enum JournalFirstWatchedPart
{
    /// <summary>All of it: nothing is known of the time before.</summary>
    Root,

    /// <summary>What other patterns, another depth, or not to look into subdirectories left out before, if anything. It was compared with nothing.</summary>
    NewlyCovered,

    /// <summary>Access control lists, capabilities and other extended attributes, which were not read before: a change of them until then is not known.</summary>
    ExtendedAttributes,
}

/// <summary>How many events of a kind and an origin there are.</summary>
public sealed class JournalCount
{
    internal JournalCount()
    {
    }

    /// <summary>The kind.</summary>
    public AuditEventKind Kind { get; internal init; }

    /// <summary>The origin.</summary>
    public AuditEventOrigin Origin { get; internal init; }

    /// <summary>How many.</summary>
    public long Count { get; internal init; }
}
