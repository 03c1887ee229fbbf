using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Delivery;

/// <summary>
/// Keeps the events of one monitor and what it knows of its roots beyond the end of the process. The monitor opens it when it starts and closes it when
/// it has stopped.
/// </summary>
internal interface IMonitorStore : IMonitorPart
{
    /// <summary>The events. Empty before <see cref="OpenAsync"/>.</summary>
    IEventLog Log { get; }

    /// <summary>Whether the first comparison after a restart reads every file, instead of those whose metadata changed.</summary>
    bool ComparesContent { get; }

    /// <summary>Opens what is stored and brings it in order. Before any of the members below.</summary>
    /// <param name="monitor">The name of the monitor.</param>
    /// <param name="options">The options of the monitor, of which the store remembers what decides about its tree.</param>
    /// <param name="roots">The roots of this run.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task OpenAsync(string monitor, FileMonitorOptions options, IReadOnlyList<MonitoredRoot> roots, CancellationToken cancellationToken);

    /// <summary>Fills an empty snapshot with what was known of its root when the monitor ran last.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="now">What stands at the root's path now.</param>
    /// <returns>
    /// How it was covered then; null when nothing complete is stored, and then what is on the disk is given to <see cref="AddToBaseline"/> and
    /// <see cref="CompleteBaseline"/>.
    /// </returns>
    StoredCoverage? Load(Snapshot snapshot, in FileStatus now);

    /// <summary>Stores one item that a first look at a root found, a directory before what is in it.</summary>
    void AddToBaseline(MonitoredRoot root, in TreeDelta delta);

    /// <summary>A first look at a root is through.</summary>
    void CompleteBaseline(MonitoredRoot root);

    /// <summary>What was lost of an earlier run, for a gap of each root that it concerns. After <see cref="Load"/>.</summary>
    IReadOnlyList<(MonitoredRoot Root, string Detail)> Losses { get; }

    /// <summary>All snapshots are as they are when the pump starts; nothing is told before this.</summary>
    void Started();

    /// <summary>The place of a consumer that acknowledges, by its name. A new one begins with the next event that is told.</summary>
    IAcknowledgedCursor OpenCursor(string name);

    /// <summary>How it does; any thread.</summary>
    StoreHealth GetHealth();

    /// <summary>No event comes any more: cursors read what is there, and end.</summary>
    void Complete();

    /// <summary>No event comes any more: says so, and closes everything. Safe to call when it was never opened.</summary>
    ValueTask CloseAsync();
}

/// <summary>How a root was covered by an earlier run.</summary>
/// <param name="Include">The patterns of files to report.</param>
/// <param name="Ignore">The patterns of what is left out.</param>
/// <param name="Recursive">Whether what is below its directories was covered.</param>
/// <param name="IsSame">Whether that is as it is now.</param>
internal sealed record StoredCoverage(IReadOnlyList<string> Include, IReadOnlyList<string> Ignore, bool Recursive, bool IsSame);
