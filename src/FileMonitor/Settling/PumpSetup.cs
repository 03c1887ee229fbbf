using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Settling;

/// <summary>The parameters and connections of a pump.</summary>
internal sealed class PumpSetup
{
    /// <summary>Checked, and not changed any more.</summary>
    public required FileMonitorOptions Options { get; init; }

    /// <summary>The roots that are there at start, with their baselines. The pump owns those from now on.</summary>
    public required IReadOnlyList<PumpOrder.AddRoot> Roots { get; init; }

    /// <summary>The disk.</summary>
    public required IFileView Files { get; init; }

    public required PumpInbox Inbox { get; init; }

    /// <summary>Raised for hints, results and room in the stream.</summary>
    public required PumpSignal Signal { get; init; }

    /// <summary>Starts to read a file whose content is known by its checksum, or is not known.</summary>
    public required Func<Sha256Digest?, IContentRead> Read { get; init; }

    /// <summary>Compares small text files; null when that was not asked for.</summary>
    public TextDiffs? Texts { get; init; }

    /// <summary>Passes an item to the stream; false when the stream is full.</summary>
    public required Func<StreamItem, bool> TryWrite { get; init; }

    /// <summary>Collects the tree changes for a store; null when there is no store.</summary>
    public TreeRecorder? Recorder { get; init; }

    /// <summary>Gap numbers begin after this one.</summary>
    public long LastGapNumber { get; init; }

    /// <summary>The largest budget of looks at the disk for finding missing items (<see cref="LookBudget"/>).</summary>
    public required int MostLooks { get; init; }

    /// <summary>How long an event that names an actor is held at most (<see cref="ActorHold"/>); null for the limit of the pump.</summary>
    public TimeSpan? LongestActorHold { get; init; }

    public required PumpHooks Hooks { get; init; }

    /// <summary>The name of the monitor, for its events.</summary>
    public required string Monitor { get; init; }

    /// <summary>Whether the source of a root can watch directories of any name.</summary>
    public required Func<MonitoredRoot, bool> WatchesAnyName { get; init; }

    /// <summary>The time up to which the source has written hints (<see cref="IChangeSource.HintedUpTo"/>).</summary>
    public required Func<long> HintedUpTo { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }
}

/// <summary>The callbacks of the pump.</summary>
/// <param name="RootLost">A root was found to be missing or replaced. The RootWatch restores it.</param>
/// <param name="Rearm">A directory that may have been unreadable when the source was armed can be read: rearm the source and restore the root.</param>
/// <param name="Reconciled">A comparison is done.</param>
/// <param name="Turns">Observes each turn; null when nobody does.</param>
internal sealed record PumpHooks(
    Action<MonitoredRoot, string> RootLost, Action<MonitoredRoot> Rearm, Action<Scanning.ReconcileEpisode> Reconciled, ITurnObserver? Turns = null);
