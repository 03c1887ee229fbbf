using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Tree;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Settling;

/// <summary>What a pump is made of, and what it is connected to.</summary>
internal sealed class PumpSetup
{
    /// <summary>Checked, and not changed any more.</summary>
    public required FileMonitorOptions Options { get; init; }

    /// <summary>What the baseline scan found, by the index of the root. The pump's from now on.</summary>
    public required IReadOnlyList<Snapshot> Snapshots { get; init; }

    /// <summary>The disk.</summary>
    public required IFileView Files { get; init; }

    public required PumpInbox Inbox { get; init; }

    /// <summary>Raised for hints, results and room in the stream.</summary>
    public required PumpSignal Signal { get; init; }

    /// <summary>Begins to read a file.</summary>
    public required Func<IContentRead> Read { get; init; }

    /// <summary>Hands an event to the stream; false when it is full.</summary>
    public required Func<StreamItem, bool> TryWrite { get; init; }

    /// <summary>Collects the changes of the snapshots for a store; null where there is none.</summary>
    public TreeRecorder? Recorder { get; init; }

    /// <summary>Gaps have numbers above this one.</summary>
    public long LastGapNumber { get; init; }

    public required PumpHooks Hooks { get; init; }

    /// <summary>The name of the monitor, which its events have.</summary>
    public required string Monitor { get; init; }

    /// <summary>Whether the source of a root can watch a directory of any name.</summary>
    public required Func<MonitoredRoot, bool> WatchesAnyName { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }
}

/// <summary>What the pump tells those who look after it.</summary>
/// <param name="RootLost">A root was found to be gone, or not what it was; whoever looks after it brings it back.</param>
/// <param name="Rearm">A directory can be read again that may have been closed when the source was armed; it is armed anew, and the root restored.</param>
/// <param name="Reconciled">A comparison is through.</param>
/// <param name="Turns">Sees each turn of the pump; null where nobody does.</param>
internal sealed record PumpHooks(
    Action<MonitoredRoot, string> RootLost, Action<MonitoredRoot> Rearm, Action<Scanning.ReconcileEpisode> Reconciled, ITurnObserver? Turns = null);
