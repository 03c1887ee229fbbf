using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Delivery;

/// <summary>
/// Keeps the events and the baseline of one monitor across restarts. The monitor opens the store when it starts and closes it when it has stopped.
/// </summary>
internal interface IMonitorStore : IMonitorPart
{
    /// <summary>The log of events. Empty before <see cref="OpenAsync"/>.</summary>
    IEventLog Log { get; }

    /// <summary>Whether the comparison at start reads every known file, and not only files whose metadata differ.</summary>
    bool ComparesContent { get; }

    /// <summary>Opens the stored state, and repairs it after a crash. Called before any of the members below.</summary>
    /// <param name="monitor">The name of the monitor.</param>
    /// <param name="options">The options of the monitor. The store keeps the roots and their patterns.</param>
    /// <param name="roots">The roots of this run.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    Task OpenAsync(string monitor, FileMonitorOptions options, IReadOnlyList<MonitoredRoot> roots, CancellationToken cancellationToken);

    /// <summary>Fills an empty snapshot with the stored baseline of its root.</summary>
    /// <param name="snapshot">An empty snapshot.</param>
    /// <param name="now">The status of the root's path now.</param>
    /// <returns>
    /// How the earlier run covered the root. Null when no complete baseline is stored; the caller then scans the disk and calls
    /// <see cref="AddToBaseline"/> and <see cref="CompleteBaseline"/>.
    /// </returns>
    StoredCoverage? Load(Snapshot snapshot, in FileStatus now);

    /// <summary>So many items below a root were left out by the patterns of the earlier run and are watched now: nothing is known of what they were before.</summary>
    void NoteNewlyCovered(MonitoredRoot root, int items);

    /// <summary>Stores one item of a root's first baseline. A directory comes before its contents.</summary>
    void AddToBaseline(MonitoredRoot root, in TreeDelta delta);

    /// <summary>The first baseline of a root is complete.</summary>
    void CompleteBaseline(MonitoredRoot root);

    /// <summary>Why stored state is lost or incomplete, for each root concerned; each becomes a gap. Valid after <see cref="Load"/>.</summary>
    IReadOnlyList<(MonitoredRoot Root, string Detail)> Losses { get; }

    /// <summary>All snapshots are filled. Called before the first event.</summary>
    void Started();

    /// <summary>
    /// A root is added while the monitor runs: records that, and fills the empty snapshot with the stored baseline of the root. Called after
    /// <see cref="Started"/>, for one root at a time.
    /// </summary>
    /// <param name="options">The options of the root.</param>
    /// <param name="snapshot">An empty snapshot.</param>
    /// <param name="now">The status of the root's path now.</param>
    Task<StoredAddition> AddRootAsync(RootOptions options, Snapshot snapshot, FileStatus now);

    /// <summary>Stores the baseline of a root that was added and of which none was stored.</summary>
    Task StoreBaselineAsync(Snapshot snapshot);

    /// <summary>A root was removed while the monitor runs, and its last event is in the log; or it could not be added. Records that.</summary>
    /// <param name="root">The root.</param>
    /// <param name="forgets">Whether to forget a complete baseline, too. Otherwise it is there when the root is added again.</param>
    Task RemoveRootAsync(MonitoredRoot root, bool forgets);

    /// <summary>Forgets the baselines of directories that an earlier run followed links to and this one does not. One caller at a time, also with adding and removing.</summary>
    /// <param name="mayLead">Whether the link of that path is there and leads nowhere: what it led to may come back, and is kept.</param>
    Task ForgetFollowedAsync(Func<string, bool> mayLead);

    /// <summary>Opens the cursor of a consumer by its name. A new name begins with the first event of this run.</summary>
    IAcknowledgedCursor OpenCursor(string name);

    /// <summary>Opens the dead letters of a handler by its name.</summary>
    DeadLetterList OpenDeadLetters(string handler);

    /// <summary>The health of the store. Any thread.</summary>
    StoreHealth GetHealth();

    /// <summary>No more events are appended: cursors read to the end, and end.</summary>
    void Complete();

    /// <summary>The stop ran out of time: nobody waits for consumers of the journal any more. Any thread.</summary>
    void Hurry();

    /// <summary>Records the stop and closes everything. Safe to call when the store was never opened.</summary>
    ValueTask CloseAsync();
}

/// <summary>What is stored of a root that is added while the monitor runs.</summary>
/// <param name="Before">How the earlier run covered the root; null when no complete baseline is stored.</param>
/// <param name="Loss">Why stored state is lost or incomplete; null when it is not.</param>
internal sealed record StoredAddition(StoredCoverage? Before, string? Loss);

/// <summary>How a root was covered by an earlier run.</summary>
/// <param name="Include">The include patterns.</param>
/// <param name="Ignore">The ignore patterns.</param>
/// <param name="MaxDepth">How many levels were covered; 1 without subdirectories.</param>
/// <param name="IsSame">Whether all of that is the same in this run.</param>
internal sealed record StoredCoverage(IReadOnlyList<string> Include, IReadOnlyList<string> Ignore, int MaxDepth, bool IsSame);
