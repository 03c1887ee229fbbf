namespace FileMonitor;

/// <summary>The state of a monitor at one moment, for a health endpoint or the engineer on call.</summary>
public sealed class MonitorHealth
{
    internal MonitorHealth()
    {
    }

    /// <summary>The monitor's name; empty for an unnamed one.</summary>
    public required string Monitor { get; init; }

    /// <summary>The state in its lifecycle.</summary>
    public required MonitorState State { get; init; }

    /// <summary>The error that ended it, when <see cref="State"/> is Faulted.</summary>
    public Exception? Fault { get; init; }

    /// <summary>The source in use.</summary>
    public required string Source { get; init; }

    /// <summary>Each root.</summary>
    public required IReadOnlyList<RootHealth> Roots { get; init; }

    /// <summary>The open gaps: what may be missing now and is being compared. Empty when all is well.</summary>
    public required IReadOnlyList<OpenGap> OpenGaps { get; init; }

    /// <summary>The counts of all hints and events so far.</summary>
    public required MonitorCounters Counters { get; init; }

    /// <summary>Hints waiting between source and pipeline.</summary>
    public required int QueueLength { get; init; }

    /// <summary>How many hints may wait there.</summary>
    public required int QueueCapacity { get; init; }

    /// <summary>Paths being debounced.</summary>
    public required int PendingPaths { get; init; }

    /// <summary>
    /// Files that are held back because they are not complete (<see cref="ReportWhen.Closed"/>): somebody has them open for writing, or they keep changing.
    /// </summary>
    public int HeldFiles { get; init; }

    /// <summary>Files waiting to be read.</summary>
    public required int FilesWaitingToBeRead { get; init; }

    /// <summary>Files being read now.</summary>
    public required int FilesBeingRead { get; init; }

    /// <summary>How many files may be read at once: <see cref="ChecksumOptions.Concurrency"/>.</summary>
    public required int MaxConcurrentReads { get; init; }

    /// <summary>
    /// How long the oldest waiting path has waited with nothing done for it: past its due time, for its turn to be read, or, while being read,
    /// for the file system. Zero when nothing waits. A large file whose read advances does not count, because it delays no other.
    /// </summary>
    public TimeSpan OldestWait { get; init; }

    /// <summary>Directories still to be scanned: because they are new, because hints were lost, or for a comparison by timer.</summary>
    public required int DirectoriesToReconcile { get; init; }

    /// <summary>
    /// Whether the disk is still being compared with what the monitor knew when it ran before: more events of the origin
    /// <see cref="AuditEventOrigin.Offline"/> may follow. False without durable state, and before the monitor has started. A root that is not available is
    /// not waited for.
    /// </summary>
    public bool IsCatchingUp { get; init; }

    /// <summary>The durable state; null where there is none, or the monitor has not started.</summary>
    public StoreHealth? Store { get; init; }

    /// <summary>Items in the snapshot; while the monitor starts, those that it has found so far.</summary>
    public required int KnownItems { get; init; }

    /// <summary>Lasting conditions: a source that restarts, directories that cannot be watched, links that cannot be followed, a sink that fails. Empty when all is well.</summary>
    public required IReadOnlyList<string> Degradations { get; init; }

    /// <summary>Each sink.</summary>
    public required IReadOnlyList<SinkHealth> Sinks { get; init; }

    /// <summary>Each handler.</summary>
    public IReadOnlyList<HandlerHealth> Handlers { get; init; } = [];

    /// <summary>Each reader.</summary>
    public required IReadOnlyList<ReaderHealth> Readers { get; init; }
}

/// <summary>One root, in a <see cref="MonitorHealth"/>.</summary>
public sealed class RootHealth
{
    internal RootHealth()
    {
    }

    /// <summary>The directory or file, as configured.</summary>
    public required string Path { get; init; }

    /// <summary>The symbolic link through which the root is watched (<see cref="RootOptions.FollowLinksInto"/>); null for a root of the host.</summary>
    public string? FollowedFrom { get; init; }

    /// <summary>Whether the root exists, is readable and is watched. A root of one file is available also while there is no file.</summary>
    public required bool IsAvailable { get; init; }

    /// <summary>Why the root is not available; null when it is.</summary>
    public string? Problem { get; init; }

    /// <summary>Since when the root is not available; null when it is, or when the monitor has not started.</summary>
    public DateTimeOffset? UnavailableSince { get; init; }

    /// <summary>The source that watches the root.</summary>
    public required string Source { get; init; }

    /// <summary>Why that source was chosen, as a sentence.</summary>
    public string? SourceReason { get; init; }
}

/// <summary>A gap that is not closed yet, in a <see cref="MonitorHealth"/>.</summary>
public sealed class OpenGap
{
    internal OpenGap()
    {
    }

    /// <summary>Its number, as in <see cref="GapDetails.Number"/>.</summary>
    public required long Number { get; init; }

    /// <summary>Why something may be missing.</summary>
    public required GapCause Cause { get; init; }

    /// <summary>The root, as configured.</summary>
    public required string Root { get; init; }

    /// <summary>The directory below the root; empty for the whole root.</summary>
    public required string RelativePath { get; init; }

    /// <summary>When the gap was opened.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>A sentence with the cause and the way out.</summary>
    public required string Detail { get; init; }
}

/// <summary>One sink, in a <see cref="MonitorHealth"/>.</summary>
public sealed class SinkHealth
{
    internal SinkHealth()
    {
    }

    /// <summary>The name it was registered with.</summary>
    public required string Name { get; init; }

    /// <summary>The promise to the sink.</summary>
    public required SinkPromise Promise { get; init; }

    /// <summary>Whether its last batch failed for good, or its circuit is open.</summary>
    public required bool IsFailing { get; init; }

    /// <summary>Since when it has failed; null when it does not.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Whether the sink is not called for a while because it failed repeatedly; only for best-effort sinks.</summary>
    public bool IsCircuitOpen { get; init; }

    /// <summary>Batches that the sink took.</summary>
    public long Batches { get; init; }

    /// <summary>Writes that were tried again after a failure.</summary>
    public long Retries { get; init; }

    /// <summary>Events that the sink took.</summary>
    public required long Written { get; init; }

    /// <summary>Events that the sink did not get and will not be offered again.</summary>
    public required long Dropped { get; init; }

    /// <summary>Writes that threw or took too long, each attempt counted.</summary>
    public required long Failures { get; init; }

    /// <summary>Events waiting for it.</summary>
    public required int Buffered { get; init; }

    /// <summary>The message of the last error.</summary>
    public string? LastError { get; init; }
}

/// <summary>One reader, in a <see cref="MonitorHealth"/>.</summary>
public sealed class ReaderHealth
{
    internal ReaderHealth()
    {
    }

    /// <summary>Events waiting for it.</summary>
    public required int Buffered { get; init; }

    /// <summary>How many events may wait for the reader.</summary>
    public required int Capacity { get; init; }

    /// <summary>Events that the reader missed because it was too slow.</summary>
    public required long Skipped { get; init; }

    /// <summary>Whether the reader is so far behind that events are being left out for it now.</summary>
    public required bool IsLagging { get; init; }
}
