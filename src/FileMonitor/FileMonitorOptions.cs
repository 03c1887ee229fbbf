namespace FileMonitor;

/// <summary>What a monitor watches and how. Validated as a whole and copied when the monitor is created: a later change has no effect.</summary>
public sealed partial class FileMonitorOptions
{
    /// <summary>The directories and files to watch: at least one, none inside another.</summary>
    public IList<RootOptions> Roots { get; private set; } = [];

    /// <summary>How long to wait for a burst of writes to end.</summary>
    public DebounceOptions Debounce { get; private set; } = new();

    /// <summary>Whether and how content is hashed.</summary>
    public ChecksumOptions Checksum { get; private set; } = new();

    /// <summary>How much may wait inside the monitor.</summary>
    public QueueOptions Queue { get; private set; } = new();

    /// <summary>Which changes are reported.</summary>
    public ReportOptions Report { get; private set; } = new();

    /// <summary>How much may wait for a slow reader, and how long the monitor waits for it.</summary>
    public ReaderOptions Readers { get; private set; } = new();

    /// <summary>How batches are handed to sinks.</summary>
    public SinkOptions Sinks { get; private set; } = new();

    /// <summary>How the monitor makes sure that nothing is missed.</summary>
    public RecoveryOptions Recovery { get; private set; } = new();

    /// <summary>How often polled roots are compared with the disk.</summary>
    public PollingOptions Polling { get; private set; } = new();

    /// <summary>Which changes of small text files are told line by line. Off by default.</summary>
    public TextDiffOptions TextDiff { get; private set; } = new();

    /// <summary>
    /// Whether <see cref="FileSystemMonitor.StartAsync"/> fails when a root is missing or cannot be read. Default false: the monitor starts,
    /// emits <see cref="AuditEventKind.RootLost"/>, and begins to watch the root once it is there.
    /// </summary>
    public bool RootsMustExist { get; set; }

    /// <summary>How changes are detected. Default <see cref="ChangeSourceKind.Auto"/>.</summary>
    public ChangeSourceKind Source { get; set; }

    /// <summary>
    /// Whether only <see cref="Source"/> may be used: <see cref="FileSystemMonitor.StartAsync"/> then throws a
    /// <see cref="SourceUnavailableException"/> where it cannot be used, and a lost root that comes back on a file system where it cannot be
    /// used stays lost. Default false: the next best source is used, and health says which and why (<see cref="RootHealth.SourceReason"/>).
    /// Requires a source other than <see cref="ChangeSourceKind.Auto"/>.
    /// </summary>
    public bool RequireSource { get; set; }

    /// <summary>
    /// The most events per second, 0 (the default) for no limit; range 0 to 10,000,000. Events above the limit are not dropped but held back and
    /// merged; set too low, the backlog reaches <see cref="QueueOptions.MaxPendingPaths"/> and then the queue, and gaps are reported.
    /// </summary>
    public int MaxEventsPerSecond { get; set; }

    /// <summary>
    /// How long a stop may take to deliver the accepted changes. Range 0 to 1 hour, default 30 seconds. What it cuts off is counted and reported
    /// by a <see cref="AuditEventKind.Gap"/>. With 0, pending changes are reported without checksums. A step of the stop that does not end at
    /// the deadline gets 2 seconds more.
    /// </summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long <see cref="FileSystemMonitor.FlushAsync"/> waits. What it did not reach by then is in <see cref="FlushResult.NotReached"/>;
    /// files that are being read are first reported without checksum. Range 100 ms to 1 day, default 1 minute.
    /// </summary>
    public TimeSpan FlushTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long <see cref="FileSystemMonitor.VerifyAsync"/> may take, its flushes included. What it did not compare by then is in
    /// <see cref="VerifyResult.Problems"/>. Range 100 ms to 7 days, default 1 hour; large files are read last.
    /// </summary>
    public TimeSpan VerifyTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Adds a root.</summary>
    /// <param name="path">The directory. Validation refuses a relative path, which would depend on the process's working directory.</param>
    /// <param name="configure">Patterns and depth; null for everything below.</param>
    /// <returns>This object, for further calls.</returns>
    public FileMonitorOptions AddRoot(string path, Action<RootOptions>? configure = null)
    {
        var root = new RootOptions { Path = path };
        configure?.Invoke(root);
        Roots.Add(root);
        return this;
    }

    /// <summary>Everything that is wrong with these options, one sentence each with the value and the way out; empty when they are good.</summary>
    /// <remarks>Checks only the values and does not read the disk.</remarks>
    public IReadOnlyList<string> GetErrors() => new OptionsRules(name => name).GetErrors(this);

    /// <summary>All errors, with the names that the options have for the user: on a command line, or on a page of settings.</summary>
    /// <param name="nameOf">
    /// Receives the name as in the documentation, such as <c>Debounce.QuietPeriod</c>, <c>Roots[0].Path</c> or <c>Roots[0].Ignore[1]</c>;
    /// returns the name for the sentence.
    /// </param>
    /// <returns>One sentence for each mistake; empty when there is none.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="nameOf"/> is null.</exception>
    public IReadOnlyList<string> GetErrors(Func<string, string> nameOf)
    {
        ArgumentNullException.ThrowIfNull(nameOf);
        return new OptionsRules(nameOf).GetErrors(this);
    }

    /// <summary>The errors of these options with other roots: those that are watched now, and one that is to be added.</summary>
    internal IReadOnlyList<string> GetErrors(IEnumerable<RootOptions> present, RootOptions added)
    {
        var all = (FileMonitorOptions)MemberwiseClone();
        all.Roots = [.. present, added];
        return all.GetErrors();
    }

    /// <summary>A deep copy. It may hold invalid values, too.</summary>
    internal FileMonitorOptions Copy()
    {
        var copy = (FileMonitorOptions)MemberwiseClone();
        copy.Roots = [.. Roots.Select(root => root?.Copy()!)];
        copy.Debounce = Debounce.Copy();
        copy.Checksum = Checksum.Copy();
        copy.Queue = Queue.Copy();
        copy.Report = Report.Copy();
        copy.Readers = Readers.Copy();
        copy.Sinks = Sinks.Copy();
        copy.Recovery = Recovery.Copy();
        copy.Polling = Polling.Copy();
        copy.TextDiff = TextDiff.Copy();
        return copy;
    }
}

/// <summary>Whether and how content is hashed.</summary>
public sealed class ChecksumOptions
{
    /// <summary>Whether events have the SHA-256 of the content. Default true. Otherwise changes are detected by size and time only.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Files above this size get <see cref="ChecksumStatus.TooLarge"/>. In bytes, from 0; default null, no limit. Memory does not depend on it,
    /// and large files do not delay others: they are read in slices.
    /// </summary>
    public long? MaxFileBytes { get; set; }

    /// <summary>How many files are read at once. Range 1 to 64, default the number of processors but at most 4.</summary>
    public int Concurrency { get; set; } = Math.Min(Environment.ProcessorCount, 4);

    /// <summary>The most bytes per second to read, over all files; 0 (the default) for no limit, otherwise at least 4,096.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>
    /// How often a file that is in use, or changes while it is read, is tried before the event has no checksum. Range 1 to 20, default 5, with
    /// growing pauses from 20 ms.
    /// </summary>
    public int Attempts { get; set; } = 5;

    /// <summary>
    /// How long reading one file may take, without pauses and the wait for other files; a file that takes longer gets
    /// <see cref="ChecksumStatus.TimedOut"/> until it changes. Range 100 ms to 7 days, 0 for no limit, default 1 hour. 1 TiB is read in 35
    /// minutes at 500 MB/s, so large database files get their checksum by default. Files that change while they are read do not use up the time,
    /// because that is noticed within milliseconds. The limit is for a sparse file of exabytes, which anyone can create at no cost, and for a
    /// file system that answers byte by byte. Too short: large files get no checksum. No limit: such a file occupies a processor for as long as
    /// it exists, without delaying other files.
    /// </summary>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Whether files that are there at start are hashed, too, in the background, so that the first change of each has a previous checksum.
    /// Default false.
    /// </summary>
    public bool Baseline { get; set; }

    internal ChecksumOptions Copy() => (ChecksumOptions)MemberwiseClone();
}

/// <summary>How much may wait inside the monitor.</summary>
public sealed class QueueOptions
{
    /// <summary>
    /// How many hints may wait between the source and the pipeline. Range 1 to 10,000,000, default 65,536 (about 40 bytes each and the names).
    /// When there is no room, a hint is counted, its directory is compared with the disk, and a <see cref="AuditEventKind.Gap"/> is reported.
    /// </summary>
    public int Capacity { get; set; } = 65_536;

    /// <summary>
    /// How many paths may be pending (debounced, or waiting to be hashed). Range 1 to 10,000,000, default 65,536 (about 300 bytes each). Above
    /// it the oldest are settled before their quiet period is over.
    /// </summary>
    public int MaxPendingPaths { get; set; } = 65_536;

    internal QueueOptions Copy() => (QueueOptions)MemberwiseClone();
}

/// <summary>Which changes are reported.</summary>
public sealed class ReportOptions
{
    /// <summary>
    /// Whether creation and deletion of directories are reported. Default true. Renames of directories are always reported, because they move
    /// files.
    /// </summary>
    public bool Directories { get; set; } = true;

    /// <summary>
    /// Which changes without a change of content are reported, as <see cref="AuditEventKind.AttributesChanged"/>: any of
    /// <see cref="ItemAttributes.AllMetadata"/>; the others have events of their own and are refused. Default none. <see cref="ItemAttributes.Permissions"/> costs
    /// nothing but the events; <see cref="ItemAttributes.Security"/> reads extended attributes, too.
    /// </summary>
    public ItemAttributes AttributeChanges { get; set; }

    /// <summary>Whether a file that came and went within one quiet period is reported, as Created and Deleted. Default false: it is counted.</summary>
    public bool Transients { get; set; }

    /// <summary>Whether the items that are there at start are reported, as <see cref="AuditEventKind.Baseline"/>. Default false.</summary>
    public bool Baseline { get; set; }

    internal ReportOptions Copy() => (ReportOptions)MemberwiseClone();
}

/// <summary>How much may wait for a slow reader, and how long the monitor waits for it.</summary>
public sealed class ReaderOptions
{
    /// <summary>How many events may wait for each reader. Range 1 to 10,000,000, default 16,384 (about 500 bytes each).</summary>
    public int BufferCapacity { get; set; } = 16_384;

    /// <summary>
    /// How long the monitor waits for a reader whose buffer is full before it leaves out events for that reader and reports them to it by a
    /// <see cref="AuditEventKind.Gap"/>. All other readers wait, too. Range 0 to 1 hour, default 5 s.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(5);

    internal ReaderOptions Copy() => (ReaderOptions)MemberwiseClone();
}

/// <summary>How batches are handed to sinks.</summary>
public sealed class SinkOptions
{
    /// <summary>The most events in one batch. Range 1 to 100,000, default 256.</summary>
    public int MaxBatch { get; set; } = 256;

    /// <summary>How long one write may take before it counts as failed. Range 1 ms to 1 hour, default 30 s.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a failed write is tried again, with growing pauses. Range 0 to 100, default 3.</summary>
    public int Retries { get; set; } = 3;

    /// <summary>
    /// How many events may wait for each best-effort sink; further ones are dropped for that sink, counted and reported. Range 1 to 10,000,000,
    /// default 16,384.
    /// </summary>
    public int BufferCapacity { get; set; } = 16_384;

    /// <summary>How long a best-effort sink is not called after it failed repeatedly. Range 500 ms to 1 day, default 30 s.</summary>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(30);

    internal SinkOptions Copy() => (SinkOptions)MemberwiseClone();
}

/// <summary>How the monitor makes sure that nothing is missed.</summary>
public sealed class RecoveryOptions
{
    /// <summary>
    /// How often the snapshot is compared with the disk, to find changes that no operating system reports (writes through a memory map, writes
    /// through a hard link outside). Metadata only. Range 1 s to 7 days, 0 for never, default 5 minutes; the pause is never shorter than 20
    /// times the duration of the last comparison.
    /// </summary>
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The most directory entries per second that comparisons read after a loss or by timer, so that live changes are not delayed. Range 1,000
    /// to 10,000,000, 0 for no limit, default 250,000. New directories are scanned without this limit.
    /// </summary>
    public int EntriesPerSecond { get; set; } = 250_000;

    /// <summary>
    /// How often each root is checked, to notice that it is missing, replaced or unreadable, and when it is back. Range 50 ms to 1 hour, default
    /// 1 s.
    /// </summary>
    public TimeSpan RootCheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    internal RecoveryOptions Copy() => (RecoveryOptions)MemberwiseClone();
}

/// <summary>How often polled roots are compared with the disk.</summary>
public sealed class PollingOptions
{
    /// <summary>
    /// The pause between two comparisons of a polled root, or of one that the source cannot cover at the moment. Range 50 ms to 1 hour, default
    /// 2 s; never shorter than 10 times the duration of the last comparison.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(2);

    internal PollingOptions Copy() => (PollingOptions)MemberwiseClone();
}
