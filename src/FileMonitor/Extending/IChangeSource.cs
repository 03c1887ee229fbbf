namespace FileMonitor.Extending;

/// <summary>
/// Detects changes below roots and gives hints about them. A host implements it for a place where the operating system reports no changes;
/// everything after the hint (debounce, ignore, checksum, order, delivery) stays the same.
/// </summary>
public interface IChangeSource : IAsyncDisposable
{
    /// <summary>A short name for health, logs and metrics, such as <c>FileSystemWatcher</c>.</summary>
    string Name { get; }

    /// <summary>Lasting conditions, as sentences for the person on call; shown in health. The default is none.</summary>
    IReadOnlyList<string> Problems => [];

    /// <summary>Begins to watch all roots. Completes once every root is armed, so that all later changes are hinted at.</summary>
    /// <param name="roots">The roots.</param>
    /// <param name="changes">Receives the hints. It may be called from any thread until the source is disposed, and never blocks.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="IOException">A root cannot be watched; the message says which and why.</exception>
    /// <remarks>
    /// A root may be missing; the monitor waits for it and calls <see cref="RearmAsync"/> when it is there. For a root that is there and cannot
    /// be watched, better call <see cref="IChangeWriter.ReportUncovered"/> and try again: an exception ends the start.
    /// </remarks>
    Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken);

    /// <summary>
    /// Begins to watch one more root, after <see cref="StartAsync"/>. Completes once it is armed. The default throws: then roots cannot be added while the
    /// monitor runs.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="changes">The same receiver as that of the start.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="IOException">The root cannot be watched; the message says why.</exception>
    /// <exception cref="NotSupportedException">The source cannot add roots.</exception>
    Task AddRootAsync(MonitoredRoot root, IChangeWriter changes, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"The source {Name} cannot add a root while it runs.");

    /// <summary>
    /// Ends watching one root. Nothing may be written about it after the returned task completes. The default does nothing; the monitor then ignores what
    /// comes.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    Task RemoveRootAsync(MonitoredRoot root, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Called when a lost root is back, perhaps as another directory: begins to watch it again and completes once it is armed. The default does
    /// nothing, which is right for a source that looks up paths each time.
    /// </summary>
    /// <param name="root">The root; its <see cref="MonitoredRoot.PhysicalPath"/> may have changed.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="IOException">The root cannot be watched; the monitor tries again.</exception>
    Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Completes once a hint was written about everything that happened below a root before the call. The default returns at once that this is
    /// not known; the monitor then compares the whole root with the disk.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Null when every hint was written; otherwise a sentence saying why that cannot be known.</returns>
    ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken) => new($"The source {Name} cannot tell whether it has reported everything.");

    /// <summary>
    /// A timestamp of the monitor's clock: hints are written about everything that happened before it. <see cref="long.MaxValue"/>, the default, when the source does not
    /// know. The pump asks before it tells who made a change, on its thread, and so must not wait.
    /// </summary>
    internal long HintedUpTo => long.MaxValue;

    /// <summary>The name of the source that watches a root, for health. A source that combines others returns the name of the one in use.</summary>
    string NameFor(MonitoredRoot root) => Name;

    /// <summary>Why that source was chosen for a root, as a sentence; null when there was no choice.</summary>
    string? ReasonFor(MonitoredRoot root) => null;
}

/// <summary>Receives what a source reports. Implemented by the monitor; every member may be called from any thread and returns at once.</summary>
public interface IChangeWriter
{
    /// <summary>
    /// Hands over a hint. When there is no room, the monitor counts it and compares its directory with the disk; the source need not do
    /// anything.
    /// </summary>
    void Write(in FileChange change);

    /// <summary>Reports that hints were lost, or may have been, somewhere below a directory.</summary>
    /// <param name="root">The root it concerns.</param>
    /// <param name="relativeDirectory">The directory below the root; empty for the whole root.</param>
    /// <param name="cause">Why.</param>
    /// <param name="detail">A sentence for the person on call.</param>
    void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail);

    /// <summary>
    /// Reports that from now on changes below a directory are not detected. The gap stays open until <see cref="ReportCovered"/>; meanwhile the
    /// source, if it can do nothing better, calls <see cref="CompareAsync"/> from time to time. Reporting it again only changes the text.
    /// </summary>
    /// <param name="root">The root it concerns.</param>
    /// <param name="relativeDirectory">The directory below the root; empty for the whole root.</param>
    /// <param name="cause">Why. Root, directory and cause identify the condition.</param>
    /// <param name="detail">A sentence for the person on call, with the way out.</param>
    void ReportUncovered(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail);

    /// <summary>
    /// Ends the condition of <see cref="ReportUncovered"/>: hints come again. The monitor compares the directory with the disk, then closes the
    /// gap.
    /// </summary>
    /// <param name="root">The same root.</param>
    /// <param name="relativeDirectory">The same directory.</param>
    /// <param name="cause">The same cause.</param>
    void ReportCovered(MonitoredRoot root, string relativeDirectory, GapCause cause);

    /// <summary>
    /// Has a directory and everything below it compared with the disk; for a source without notifications. Differences are reported like any
    /// other change.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="relativeDirectory">The directory below the root; empty for the whole root.</param>
    /// <returns>Completes when the comparison is done, or at once when the root is lost; cancelled when the monitor stops.</returns>
    Task CompareAsync(MonitoredRoot root, string relativeDirectory);
}
