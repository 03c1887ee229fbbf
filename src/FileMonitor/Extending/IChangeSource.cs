namespace FileMonitor.Extending;

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
    /// <remarks>
    /// A root may be missing; the monitor waits for it and calls <see cref="RearmAsync"/> when it is there. A root that is there and cannot
    /// be watched is better reported by <see cref="IChangeWriter.ReportUncovered"/>, and tried again, than by an exception: that ends the start.
    /// </remarks>
    Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken);

    /// <summary>
    /// Called when a root that was gone is there again, perhaps as another directory: begins to watch it anew and completes once it is armed.
    /// The default does nothing, which is right for a source that looks paths up each time.
    /// </summary>
    /// <param name="root">The root; its <see cref="MonitoredRoot.PhysicalPath"/> may be another one than before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It cannot be watched; the monitor tries again.</exception>
    Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Completes once a hint was written about everything that happened below a root before the call. The default answers at once that it
    /// cannot know; the monitor then compares the whole root with the disk instead.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null when every hint was written; otherwise a sentence saying why that cannot be known.</returns>
    ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken) => new($"The source {Name} cannot tell whether it has reported everything.");

    /// <summary>Which source watches a root, for health: one that combines others answers with the one in charge.</summary>
    string NameFor(MonitoredRoot root) => Name;

    /// <summary>Why that source was chosen for a root, in words; null when there was no choice.</summary>
    string? ReasonFor(MonitoredRoot root) => null;
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

    /// <summary>
    /// Says that from now on nothing is noticed somewhere below a directory. The gap stays open until <see cref="ReportCovered"/>; meanwhile
    /// the source, if it can do nothing better, calls <see cref="CompareAsync"/> from time to time. Saying it again only changes the words.
    /// </summary>
    /// <param name="root">The root it concerns.</param>
    /// <param name="relativeDirectory">The directory below the root; empty for the whole root.</param>
    /// <param name="cause">Why: together with root and directory it names the condition.</param>
    /// <param name="detail">A sentence for the person on call, with the way out.</param>
    void ReportUncovered(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail);

    /// <summary>Ends what <see cref="ReportUncovered"/> began: hints come again. What happened meanwhile is compared with the disk, then the gap is closed.</summary>
    /// <param name="root">The same root.</param>
    /// <param name="relativeDirectory">The same directory.</param>
    /// <param name="cause">The same cause.</param>
    void ReportCovered(MonitoredRoot root, string relativeDirectory, GapCause cause);

    /// <summary>
    /// Asks for a directory and everything below it to be compared with the disk: how a source notices changes that nobody tells it. What is
    /// found is reported like any other change.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="relativeDirectory">The directory below the root; empty for the whole root.</param>
    /// <returns>Completes when the comparison is done, or at once when the root is lost; cancelled when the monitor stops.</returns>
    Task CompareAsync(MonitoredRoot root, string relativeDirectory);
}
