namespace FileMonitor;

/// <summary>A consistent picture of a monitor at one moment, for a health endpoint or the engineer on call.</summary>
public sealed class MonitorHealth
{
    internal MonitorHealth()
    {
    }

    /// <summary>The monitor's name; empty for an unnamed one.</summary>
    public required string Monitor { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required MonitorState State { get; init; }

    /// <summary>What ended it, when <see cref="State"/> is Faulted.</summary>
    public Exception? Fault { get; init; }

    /// <summary>The source in use.</summary>
    public required string Source { get; init; }

    /// <summary>Each root.</summary>
    public required IReadOnlyList<RootHealth> Roots { get; init; }

    /// <summary>What may be missing now and is being looked for. Empty when all is well.</summary>
    public required IReadOnlyList<OpenGap> OpenGaps { get; init; }

    /// <summary>What happened to all hints and events so far.</summary>
    public required MonitorCounters Counters { get; init; }

    /// <summary>Hints waiting between source and pipeline.</summary>
    public required int QueueLength { get; init; }

    /// <summary>How many may wait there.</summary>
    public required int QueueCapacity { get; init; }

    /// <summary>Paths being debounced.</summary>
    public required int PendingPaths { get; init; }

    /// <summary>Files that wait for their turn to be read.</summary>
    public required int FilesWaitingToBeRead { get; init; }

    /// <summary>Files being read now.</summary>
    public required int FilesBeingRead { get; init; }

    /// <summary>How many files may be read at once: <see cref="ChecksumOptions.Concurrency"/>.</summary>
    public required int MaxConcurrentReads { get; init; }

    /// <summary>
    /// How long the path that waits longest has waited with nothing done for it: past its due time, for its turn to be read, or, being read, for
    /// the file system to answer. Zero when nothing waits. A large file that is read on does not count: it delays nobody.
    /// </summary>
    public TimeSpan OldestWait { get; init; }

    /// <summary>Directories still to be looked into: because they are new, because hints were lost, or for a comparison by timer.</summary>
    public required int DirectoriesToReconcile { get; init; }

    /// <summary>The durable state; null where there is none, or the monitor has not started.</summary>
    public StoreHealth? Store { get; init; }

    /// <summary>Items in the snapshot.</summary>
    public required int KnownItems { get; init; }

    /// <summary>Conditions that last: a source that restarts, directories that cannot be watched, a sink that fails. Empty when all is well.</summary>
    public required IReadOnlyList<string> Degradations { get; init; }

    /// <summary>Each sink.</summary>
    public required IReadOnlyList<SinkHealth> Sinks { get; init; }

    /// <summary>Each reader.</summary>
    public required IReadOnlyList<ReaderHealth> Readers { get; init; }
}

/// <summary>One root, in a <see cref="MonitorHealth"/>.</summary>
public sealed class RootHealth
{
    internal RootHealth()
    {
    }

    /// <summary>The directory, as configured.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it is there, readable and watched.</summary>
    public required bool IsAvailable { get; init; }

    /// <summary>Why it is not available; null when it is.</summary>
    public string? Problem { get; init; }

    /// <summary>Since when it is not available; null when it is, or when the monitor has not started.</summary>
    public DateTimeOffset? UnavailableSince { get; init; }

    /// <summary>The source that watches it.</summary>
    public required string Source { get; init; }

    /// <summary>Why that source was chosen, in words.</summary>
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

    /// <summary>The root it concerns, as configured.</summary>
    public required string Root { get; init; }

    /// <summary>The directory below the root; empty for all of it.</summary>
    public required string RelativePath { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>In words, with the way out.</summary>
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

    /// <summary>What it is promised.</summary>
    public required SinkPromise Promise { get; init; }

    /// <summary>Whether its last batch failed for good, or its circuit is open.</summary>
    public required bool IsFailing { get; init; }

    /// <summary>Whether it is left alone for a while because it failed again and again; only best-effort sinks ever are.</summary>
    public bool IsCircuitOpen { get; init; }

    /// <summary>Batches it took.</summary>
    public long Batches { get; init; }

    /// <summary>Writes that were tried again after a failure.</summary>
    public long Retries { get; init; }

    /// <summary>Events it took.</summary>
    public required long Written { get; init; }

    /// <summary>Events it does not have and will not be offered again.</summary>
    public required long Dropped { get; init; }

    /// <summary>Writes that threw or took too long, each attempt counted.</summary>
    public required long Failures { get; init; }

    /// <summary>Events waiting for it.</summary>
    public required int Buffered { get; init; }

    /// <summary>The last error, in words.</summary>
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

    /// <summary>How many may wait for it.</summary>
    public required int Capacity { get; init; }

    /// <summary>Events it was not given because it did not read.</summary>
    public required long Skipped { get; init; }

    /// <summary>Whether it is behind so far that events are being left out for it now.</summary>
    public required bool IsLagging { get; init; }
}
