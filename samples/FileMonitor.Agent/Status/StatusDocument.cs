namespace FileMonitor.Agent.Status;

/// <summary>The answer of <c>/api/status</c>.</summary>
internal sealed record StatusDocument(AgentStatus Agent, string Status, IReadOnlyList<MonitorStatus> Monitors, EventsStatus Events);

internal sealed record AgentStatus(string Version, DateTimeOffset StartedAt, string Host, RefusalStatus? RefusedConfiguration, IReadOnlyList<string> WaitingSettings);

/// <summary>A configuration on disk that a reload refused.</summary>
internal sealed record RefusalStatus(DateTimeOffset At, int Mistakes, string Description);

/// <summary>One monitor; the findings name problems and remedies, the description has them as one text.</summary>
internal sealed record MonitorStatus(
    string Name,
    string State,
    string Status,
    string Description,
    IReadOnlyList<string> Findings,
    string Source,
    IReadOnlyList<RootStatus> Roots,
    IReadOnlyList<GapStatus> OpenGaps,
    IReadOnlyList<string> Degradations,
    CountersStatus Counters,
    int QueueLength,
    int QueueCapacity,
    int PendingPaths,
    int FilesWaitingToBeRead,
    int FilesBeingRead,
    int MaxConcurrentReads,
    double OldestWaitSeconds,
    int DirectoriesToReconcile,
    int KnownItems,
    IReadOnlyList<SinkStatus> Sinks,
    IReadOnlyList<ReaderStatus> Readers,
    RestartStatus Restart,
    StoreStatus? Store);

/// <summary>What is known of the time before this start: in one word, in words, and in numbers.</summary>
internal sealed record RestartStatus(
    string Knowledge, string Summary, DateTimeOffset? LastRan, IReadOnlyDictionary<string, long> Changes, IReadOnlyList<LossStatus> Losses);

/// <summary>A root of which the state of the runs before was lost.</summary>
internal sealed record LossStatus(string Root, string Detail);

/// <summary>The durable state of a monitor.</summary>
internal sealed record StoreStatus(
    string Directory,
    long Records,
    long Checkpointed,
    DateTimeOffset? LastCheckpoint,
    long JournalBytes,
    string? Problem,
    AnchorStatus? Anchor,
    VerificationStatus? Verification,
    IReadOnlyList<ConsumerStatus> Consumers);

/// <summary>How the last verification of the journal ended.</summary>
internal sealed record VerificationStatus(DateTimeOffset? VerifiedAt, double Seconds, long Records, string? Problem, long? FirstWrongRecord, string? Failure);

/// <summary>How the checkpoints of the journal are kept besides.</summary>
internal sealed record AnchorStatus(long? Anchored, DateTimeOffset? AnchoredAt, long Failures, string? Problem);

/// <summary>A consumer that acknowledges: a required sink, or a subscription.</summary>
internal sealed record ConsumerStatus(string Name, long Acknowledged, long Lag);

internal sealed record RootStatus(string Path, bool IsAvailable, string? Problem, string Source, string? SourceReason);

internal sealed record GapStatus(long Number, string Cause, string Root, string RelativePath, DateTimeOffset Since, string Detail);

internal sealed record CountersStatus(
    long Received,
    long Coalesced,
    long Ignored,
    long Suppressed,
    long Emitted,
    long Pending,
    long Lost,
    long Transient,
    long SourceLosses,
    long SourceRestarts,
    long Events,
    long Gaps,
    long ChecksumFiles,
    long ChecksumBytes);

internal sealed record SinkStatus(string Name, string Promise, bool IsFailing, long Written, long Dropped, long Failures, int Buffered, string? LastError);

internal sealed record ReaderStatus(int Buffered, int Capacity, long Skipped, bool IsLagging);

/// <summary>The buffer of the event stream, over all monitors and readers.</summary>
internal sealed record EventsStatus(int Capacity, int Buffered, string LatestId, int Readers, long Missed);

/// <summary>The answer of <c>/healthz/ready</c>.</summary>
internal sealed record ReadyDocument(string Status, string? Description, IReadOnlyDictionary<string, ReadyEntry> Entries);

internal sealed record ReadyEntry(string Status, string? Description);
