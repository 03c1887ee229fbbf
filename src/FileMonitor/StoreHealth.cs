using System.Globalization;

namespace FileMonitor;

/// <summary>The health of a monitor's durable state.</summary>
public sealed class StoreHealth
{
    internal StoreHealth()
    {
    }

    /// <summary>The full path of its directory.</summary>
    public required string Directory { get; init; }

    /// <summary>How many records of the journal are on the disk.</summary>
    public required long Records { get; init; }

    /// <summary>How many of them the last signed checkpoint covers.</summary>
    public required long Checkpointed { get; init; }

    /// <summary>When the last signed checkpoint was written; null when it is not known. At most a few seconds old.</summary>
    public DateTimeOffset? LastCheckpoint { get; init; }

    /// <summary>The size of the journal's segments in bytes, as it was a few seconds ago; 0 when it is not known.</summary>
    public long JournalBytes { get; init; }

    /// <summary>When the oldest segment that is kept was last written: that long are records kept. Null when it is not known.</summary>
    public DateTimeOffset? OldestWritten { get; init; }

    /// <summary>The time of the last record of the run before; null at the first start, and when it is not known.</summary>
    public DateTimeOffset? LastRan { get; init; }

    /// <summary>
    /// Roots of which this run did not begin with what the run before knew, as long as they are watched: nothing was known of them, or of a part of them, or they were not watched for longer than the monitor was not running.
    /// </summary>
    public IReadOnlyList<StoreRootHealth> Roots { get; init; } = [];

    /// <summary>The sequence number of the last event of the runs before; 0 when there was none. The first event of this run has the next one.</summary>
    public long PreviousSequence { get; init; }

    /// <summary>What is wrong now; null when all is well. While the journal cannot be written, events are held back.</summary>
    public string? Problem { get; init; }

    /// <summary>Since when; null when all is well.</summary>
    public DateTimeOffset? ProblemSince { get; init; }

    /// <summary>
    /// Whether the journal cannot be written and events are held back; <see cref="Problem"/> says why. After a stop that ran out of time it says that events were not told: the next start
    /// compares the disk and tells what differs.
    /// </summary>
    public bool IsHoldingBack { get; init; }

    /// <summary>How the anchors of the journal do; null when the host has set none.</summary>
    public AnchorHealth? Anchor { get; init; }

    /// <summary>How the last verification of the journal ended that the monitor made itself; null before the first one of this run, and when there is none.</summary>
    public VerificationHealth? Verification { get; init; }

    /// <summary>The consumers that acknowledge, as far as they were opened in this run; also those of the journal's records.</summary>
    public required IReadOnlyList<CursorHealth> Cursors { get; init; }
}

/// <summary>What the durable state knew of a root when this run began to watch it.</summary>
public sealed class StoreRootHealth
{
    internal StoreRootHealth()
    {
    }

    /// <summary>The full path of the root.</summary>
    public required string Path { get; init; }

    /// <summary>False for a root that is watched for the first time, or was forgotten: what changed in it before is not known, and was not told.</summary>
    public required bool IsKnown { get; init; }

    /// <summary>Until when it was watched at least, for a root that was out of the configuration since then: what changed meanwhile is told with the origin <see cref="AuditEventOrigin.Offline"/>. Null for others.</summary>
    public DateTimeOffset? WatchedUntil { get; init; }

    /// <summary>How many items below it the patterns or the depth of the run before left out, and those of this one do not: what changed in them before is not known, and was not told.</summary>
    public int NewlyCovered { get; init; }

    /// <summary>
    /// Whether the extended attributes (access control lists, capabilities and the like) are read now and were not in the run before (<see cref="ReportOptions.AttributeChanges"/>): what they were is not known, so what was changed of them before was not told.
    /// </summary>
    public bool HasNewExtendedAttributes { get; init; }
}

/// <summary>How the anchors of a journal do, which keep its checkpoints elsewhere. What is said of several is what holds for all of them.</summary>
public sealed class AnchorHealth
{
    internal AnchorHealth()
    {
    }

    /// <summary>How many records of the journal, from record 0 on, the last checkpoint covers that was anchored; null when none was anchored in this run yet. Of several anchors, that of the one that is furthest behind.</summary>
    public long? Anchored { get; init; }

    /// <summary>When that checkpoint was anchored; null when none was in this run yet.</summary>
    public DateTimeOffset? AnchoredAt { get; init; }

    /// <summary>How many times an anchor failed in this run.</summary>
    public long Failures { get; init; }

    /// <summary>Why an anchor did not take the next checkpoint; null when all is well. Of several that fail, of the one that has failed for longest. It is tried again. It is among <see cref="MonitorHealth.Degradations"/>, too.</summary>
    public string? Problem { get; init; }

    /// <summary>Since when; null when all is well.</summary>
    public DateTimeOffset? ProblemSince { get; init; }

    internal IEnumerable<string> Degradations => Problem is null
        ? []
        : [string.Create(
            CultureInfo.InvariantCulture,
            $"The anchor of the journal does not take its next checkpoint; {(Anchored is { } records ? $"the last one that it took covers {records} records" : "it has taken none in this run")}. It is tried again: {Problem}")];
}

/// <summary>What the monitor found when it last verified its own journal, up to the last signed checkpoint.</summary>
public sealed class VerificationHealth
{
    internal VerificationHealth()
    {
    }

    /// <summary>When the last one ended that read all of it, or found what is wrong; null when none did in this run.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }

    /// <summary>How long that took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>How many records, from record 0 on, are those that were written.</summary>
    public long Records { get; init; }

    /// <summary>A sentence about the first record, segment, checkpoint or key that is wrong, and why; null when nothing is. Somebody changed the journal, or the disk did.</summary>
    public string? Problem { get; init; }

    /// <summary>The first record that <see cref="Problem"/> can be about; null when nothing is wrong.</summary>
    public long? FirstWrongRecord { get; init; }

    /// <summary>Why the journal could not be verified the last time, because the disk could not be read; null when it could. It is tried again. It is among <see cref="MonitorHealth.Degradations"/>, too.</summary>
    public string? Failure { get; init; }

    internal IEnumerable<string> Degradations => Failure is null ? [] : [$"The journal could not be verified. It is tried again: {Failure}"];
}

/// <summary>The position of one consumer that acknowledges.</summary>
public sealed class CursorHealth
{
    internal CursorHealth()
    {
    }

    /// <summary>The name; that of a required sink begins with <c>sink/</c>, that of a handler with <c>handler/</c>, that of a consumer of the journal's records with <c>records/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>All events up to this one are acknowledged. For a consumer of records: how many records of the journal are acknowledged.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>How many events are not acknowledged; for a consumer of records, how many records.</summary>
    public required long Lag { get; init; }

    /// <summary>What keeps a consumer of records from going on, as it says itself; null when all is well, and for other consumers. It is among <see cref="MonitorHealth.Degradations"/>, too.</summary>
    public string? Problem { get; init; }
}
