namespace FileMonitor;

/// <summary>
/// Notices changes below some roots and hints at them. A host writes one for a place the operating system says nothing about; everything
/// after the hint (debounce, ignore, checksum, order, delivery) stays the same.
/// </summary>
public interface IChangeSource : IAsyncDisposable
{
    /// <summary>A short name for health, logs and metrics, such as <c>FileSystemWatcher</c>.</summary>
    string Name { get; }

    /// <summary>Conditions that last, in words for the person on call; shown in health. The default is none.</summary>
    IReadOnlyList<string> Problems => [];

    /// <summary>
    /// Begins to watch all roots; completes once every root is armed, so that whatever happens afterwards is hinted at.
    /// </summary>
    /// <param name="roots">The roots.</param>
    /// <param name="changes">Where the hints go. It may be called from any thread until the source is disposed, and never blocks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">A root cannot be watched; the message says which and why.</exception>
    Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken);
}

/// <summary>What a source writes to. Implemented by the monitor; every member may be called from any thread and returns at once.</summary>
public interface IChangeWriter
{
    /// <summary>
    /// Hands a hint over. When there is no room it is counted, and its directory will be looked at: the source need not care.
    /// </summary>
    void Write(in FileChange change);

    /// <summary>Says that hints were lost, or may have been, somewhere below a directory.</summary>
    /// <param name="root">The root it concerns.</param>
    /// <param name="relativeDirectory">The directory below the root; empty for the whole root.</param>
    /// <param name="cause">Why.</param>
    /// <param name="detail">A sentence for the person on call.</param>
    void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail);
}
