// Over 300 lines because it is one idea: everything that can be set, each with what it means.
namespace FileMonitor;

/// <summary>
/// What a monitor watches and how. Checked as a whole when the monitor is created, and copied: a later change has no effect.
/// </summary>
public sealed partial class FileMonitorOptions
{
    /// <summary>The directories to watch: at least one, none inside another.</summary>
    public IList<RootOptions> Roots { get; private set; } = [];

    /// <summary>How long to wait for a burst of writes to end.</summary>
    public DebounceOptions Debounce { get; private set; } = new();

    /// <summary>Whether and how content is summed.</summary>
    public ChecksumOptions Checksum { get; private set; } = new();

    /// <summary>How much may wait inside the monitor.</summary>
    public QueueOptions Queue { get; private set; } = new();

    /// <summary>Which of the things that happen are reported.</summary>
    public ReportOptions Report { get; private set; } = new();

    /// <summary>How much may wait for a slow reader, and how long the monitor waits for it.</summary>
    public ReaderOptions Readers { get; private set; } = new();

    /// <summary>How batches are handed to sinks.</summary>
    public SinkOptions Sinks { get; private set; } = new();

    /// <summary>How the monitor makes sure that nothing is missed.</summary>
    public RecoveryOptions Recovery { get; private set; } = new();

    /// <summary>How often roots are looked at that nobody watches for us.</summary>
    public PollingOptions Polling { get; private set; } = new();

    /// <summary>
    /// Whether <see cref="FileSystemMonitor.StartAsync"/> fails when a root is missing or cannot be read. Default false: the monitor starts,
    /// says <see cref="AuditEventKind.RootLost"/>, and begins to watch the root once it is there.
    /// </summary>
    public bool RootsMustExist { get; set; }

    /// <summary>Who notices changes. Default <see cref="ChangeSourceKind.Auto"/>.</summary>
    public ChangeSourceKind Source { get; set; }

    /// <summary>
    /// Whether nothing may take the place of <see cref="Source"/>: <see cref="FileSystemMonitor.StartAsync"/> then throws a
    /// <see cref="SourceUnavailableException"/> where it cannot be used, and a lost root that comes back on a file system where it cannot stays lost.
    /// Default false: the next best source is used, and health says which and why (<see cref="RootHealth.SourceReason"/>). Needs a source other than
    /// <see cref="ChangeSourceKind.Auto"/>, which asks for none.
    /// </summary>
    public bool RequireSource { get; set; }

    /// <summary>
    /// The most events per second, 0 (the default) for no limit; range 0 to 10,000,000. Above it events are not dropped but held back and
    /// merged; set too low, the backlog reaches <see cref="QueueOptions.MaxPendingPaths"/> and then the queue, and gaps are reported.
    /// </summary>
    public int MaxEventsPerSecond { get; set; }

    /// <summary>
    /// How long a stop may take to deliver what was accepted. Range 0 to 1 hour, default 30 seconds. What it cuts off is counted and
    /// reported by a <see cref="AuditEventKind.Gap"/>. With 0 what is pending is reported without checksums. A step of the stop that does not
    /// end when told to hurry gets 2 seconds more.
    /// </summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long <see cref="FileSystemMonitor.FlushAsync"/> waits. What it did not reach by then is in <see cref="FlushResult.NotReached"/>; files that
    /// are being read are told without checksum first. Range 100 ms to 1 day, default 1 minute.
    /// </summary>
    public TimeSpan FlushTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long <see cref="FileSystemMonitor.VerifyAsync"/> may take, its flushes included. What it did not compare by then is in
    /// <see cref="VerifyResult.Problems"/>. Range 100 ms to 7 days, default 1 hour; large files are read last.
    /// </summary>
    public TimeSpan VerifyTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Adds a root.</summary>
    /// <param name="path">The directory. A relative path is refused by validation: it would depend on the process's working directory.</param>
    /// <param name="configure">Patterns and depth; null for everything below.</param>
    /// <returns>This object, to go on.</returns>
    public FileMonitorOptions AddRoot(string path, Action<RootOptions>? configure = null)
    {
        var root = new RootOptions { Path = path };
        configure?.Invoke(root);
        Roots.Add(root);
        return this;
    }

    /// <summary>Everything that is wrong with these options, one sentence each with the value and the way out; empty when they are good.</summary>
    /// <remarks>Looks at the values only, never at the disk.</remarks>
    public IReadOnlyList<string> GetErrors() => new OptionsRules(name => name).GetErrors(this);

    /// <summary>The same sentences, with the names that options have where they were set: a command line, or a page of settings.</summary>
    /// <param name="nameOf">
    /// Given the name as the documentation writes it, as <c>Debounce.QuietPeriod</c>, <c>Roots[0].Path</c> or <c>Roots[0].Ignore[1]</c>; returns
    /// what stands in the sentence.
    /// </param>
    /// <returns>One sentence for each mistake; empty when there is none.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="nameOf"/> is null.</exception>
    public IReadOnlyList<string> GetErrors(Func<string, string> nameOf)
    {
        ArgumentNullException.ThrowIfNull(nameOf);
        return new OptionsRules(nameOf).GetErrors(this);
    }

    /// <summary>A copy that shares nothing with this object. It is taken before the check, so it copies what is wrong too.</summary>
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
        return copy;
    }
}

/// <summary>One directory to watch.</summary>
public sealed class RootOptions
{
    /// <summary>The directory: an absolute path. A symbolic link here is followed at start, and again once it leads to another directory.</summary>
    public string Path { get; set; } = "";

    /// <summary>Whether what is below its subdirectories is watched too. Default true.</summary>
    public bool Recursive { get; set; } = true;

    /// <summary>Globs of the files to report, relative to the root; empty (the default) for all. See docs/configuration.md for the syntax.</summary>
    public IList<string> Include { get; private set; } = [];

    /// <summary>Globs of files and directories to leave out; they win over <see cref="Include"/>. An ignored directory costs next to nothing.</summary>
    public IList<string> Ignore { get; private set; } = [];

    internal RootOptions Copy()
    {
        var copy = (RootOptions)MemberwiseClone();
        copy.Include = [.. Include];
        copy.Ignore = [.. Ignore];
        return copy;
    }
}

/// <summary>How long to wait for a burst of writes to end.</summary>
public sealed class DebounceOptions
{
    /// <summary>
    /// A path is looked at once nothing was heard of it for this long. Range 0 to 1 hour, default 250 ms. Shorter is sooner but says more;
    /// with 0 every hint is looked at alone, and a save by rename may be reported in its parts.
    /// </summary>
    public TimeSpan QuietPeriod { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The longest a path may wait, so that a file that is written without pause is still reported. At least <see cref="QuietPeriod"/>,
    /// at most 1 hour, default 5 s.
    /// </summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a path waits whose writer has closed it, where the source knows that (<see cref="ChangeSourceKind.Inotify"/>,
    /// <see cref="ChangeSourceKind.Fanotify"/>): long enough for the rename that ends most saves. A path that is closed again and again
    /// is looked at about once in a <see cref="QuietPeriod"/>; where that is shorter, it holds. Range 0 to 1 hour, default 2 ms.
    /// </summary>
    public TimeSpan FinishedDelay { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Whether a file in a new directory, which no source has told of, is asked whether anybody has it open for writing. When nobody has, it waits for
    /// <see cref="FinishedDelay"/> instead of the quiet period. Default true. Linux only, and only where the file system and the owner of the file
    /// allow a lease. While it is asked, for some microseconds, a program that opens the file for writing without waiting (<c>O_NONBLOCK</c>) may be
    /// told to try again (<c>EWOULDBLOCK</c>); where such programs are, set this to false.
    /// </summary>
    public bool DetectWriters { get; set; } = true;

    internal DebounceOptions Copy() => (DebounceOptions)MemberwiseClone();
}

/// <summary>Whether and how content is summed.</summary>
public sealed class ChecksumOptions
{
    /// <summary>Whether events carry the SHA-256 of the content. Default true. Without, a change is told by size and time alone.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Files above this size get <see cref="ChecksumStatus.TooLarge"/>. In bytes, from 0; default null, no limit. Memory does not depend on it,
    /// and large files delay no others: they are read in slices.
    /// </summary>
    public long? MaxFileBytes { get; set; }

    /// <summary>How many files are read at once. Range 1 to 64, default the number of processors but at most 4.</summary>
    public int Concurrency { get; set; } = Math.Min(Environment.ProcessorCount, 4);

    /// <summary>The most bytes per second to read, over all files; 0 (the default) for no limit, otherwise at least 4,096.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>
    /// How often a file that is in use, or changes while it is read, is tried before the event says so. Range 1 to 20, default 5, with
    /// growing pauses from 20 ms.
    /// </summary>
    public int Attempts { get; set; } = 5;

    /// <summary>
    /// How long reading one file may take, pauses and the time it waits for others not counted; longer ones get
    /// <see cref="ChecksumStatus.TimedOut"/> until they change. Range 100 ms to 7 days, 0 for no limit, default 1 hour. A data file or dump of a
    /// database of 1 TiB is read in 35 minutes at 500 MB/s, so that what a server really holds gets its checksum, even at less; files that change
    /// while they are read do not take up the time, since that is noticed within milliseconds. What the limit is for: a sparse file of exabytes, which
    /// anybody can make at no cost, and a file system that answers byte by byte. Short: large files have no checksum. No limit: such a file costs
    /// a processor for as long as it is there; it delays no other in any case.
    /// </summary>
    public TimeSpan ReadTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Whether files that are there at start are summed too, in the background, so that the first change of each has a previous
    /// checksum. Default false.
    /// </summary>
    public bool Baseline { get; set; }

    internal ChecksumOptions Copy() => (ChecksumOptions)MemberwiseClone();
}

/// <summary>How much may wait inside the monitor.</summary>
public sealed class QueueOptions
{
    /// <summary>
    /// How many hints may wait between the source and the pipeline. Range 1 to 10,000,000, default 65,536 (about 40 bytes each and the
    /// names). A hint that finds it full is counted, its directory is looked at, and a <see cref="AuditEventKind.Gap"/> says so.
    /// </summary>
    public int Capacity { get; set; } = 65_536;

    /// <summary>
    /// How many paths may be pending (debounced, or waiting to be summed). Range 1 to 10,000,000, default 65,536 (about 300 bytes each).
    /// When it is reached the oldest are looked at before their quiet period is over.
    /// </summary>
    public int MaxPendingPaths { get; set; } = 65_536;

    internal QueueOptions Copy() => (QueueOptions)MemberwiseClone();
}

/// <summary>Which of the things that happen are reported.</summary>
public sealed class ReportOptions
{
    /// <summary>Whether creation and deletion of directories are reported. Default true. Renames of directories always are: they move files.</summary>
    public bool Directories { get; set; } = true;

    /// <summary>Whether changes of mode, owner or time without a change of content are reported. Default false.</summary>
    public bool AttributeChanges { get; set; }

    /// <summary>Whether a file that came and went within one quiet period is reported, as Created and Deleted. Default false: it is counted.</summary>
    public bool Transients { get; set; }

    /// <summary>Whether what is there at start is reported, as <see cref="AuditEventKind.Baseline"/>. Default false.</summary>
    public bool Baseline { get; set; }

    internal ReportOptions Copy() => (ReportOptions)MemberwiseClone();
}

/// <summary>How much may wait for a slow reader, and how long the monitor waits for it.</summary>
public sealed class ReaderOptions
{
    /// <summary>How many events may wait for each reader. Range 1 to 10,000,000, default 16,384 (about 500 bytes each).</summary>
    public int BufferCapacity { get; set; } = 16_384;

    /// <summary>
    /// How long the monitor waits for a reader whose buffer is full before it leaves out events for that reader and tells it by a
    /// <see cref="AuditEventKind.Gap"/>. Others wait along. Range 0 to 1 hour, default 5 s.
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

    /// <summary>How many events may wait for each best-effort sink; above it they are dropped for that sink, counted and reported. Range 1 to 10,000,000, default 16,384.</summary>
    public int BufferCapacity { get; set; } = 16_384;

    /// <summary>How long a best-effort sink is left alone after it failed repeatedly. Range 500 ms to 1 day, default 30 s.</summary>
    public TimeSpan BreakDuration { get; set; } = TimeSpan.FromSeconds(30);

    internal SinkOptions Copy() => (SinkOptions)MemberwiseClone();
}

/// <summary>How the monitor makes sure that nothing is missed.</summary>
public sealed class RecoveryOptions
{
    /// <summary>
    /// How often everything known is compared with the disk, to find what no operating system reports (writes through a memory map, writes
    /// through a hard link outside). Metadata only. Range 1 s to 7 days, 0 for never, default 5 minutes; the pause is never shorter than 20
    /// times what the last comparison took.
    /// </summary>
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The most directory entries per second that comparisons read after a loss or by timer, so that they do not starve what happens now.
    /// Range 1,000 to 10,000,000, 0 for no limit, default 250,000. New directories are looked into without this limit.
    /// </summary>
    public int EntriesPerSecond { get; set; } = 250_000;

    /// <summary>
    /// How often each root is looked at, to notice that it is gone, replaced or closed, and when it is back. Range 50 ms to 1 hour, default
    /// 1 s.
    /// </summary>
    public TimeSpan RootCheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    internal RecoveryOptions Copy() => (RecoveryOptions)MemberwiseClone();
}

/// <summary>How often roots are looked at that nobody watches for us.</summary>
public sealed class PollingOptions
{
    /// <summary>
    /// The pause between two comparisons of a polled root, or of one that the source cannot cover at the moment. Range 50 ms to 1 hour,
    /// default 2 s; never shorter than 10 times what the last comparison took.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(2);

    internal PollingOptions Copy() => (PollingOptions)MemberwiseClone();
}
