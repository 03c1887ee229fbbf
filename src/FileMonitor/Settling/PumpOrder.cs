using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// What others ask of the pump, which alone owns snapshots, debouncer and gaps. Handed over through the <see cref="PumpInbox"/>, in order.
/// </summary>
internal abstract record PumpOrder
{
    /// <summary>Compare a directory with the disk; done when it and, with <see cref="DirectoryLook.Tree"/>, all below it was compared.</summary>
    public sealed record Compare(MonitoredRoot Root, string Directory, DirectoryLook Look, TaskCompletionSource Done) : PumpOrder;

    /// <summary>The source covers a directory no more (with the reason), or again (null).</summary>
    public sealed record ReportCoverage(MonitoredRoot Root, string Directory, GapCause Cause, string? Detail) : PumpOrder;

    /// <summary>A root cannot be watched.</summary>
    public sealed record MarkRootLost(MonitoredRoot Root, string Problem) : PumpOrder;

    /// <summary>A root is there and armed; this is the directory that stands for it now.</summary>
    public sealed record RestoreRoot(MonitoredRoot Root, FileStatus Status) : PumpOrder;

    /// <summary>Settle what came before this order, and say so when its events are handed over.</summary>
    public sealed record Flush(TaskCompletionSource Done) : PumpOrder;

    /// <summary>A flush has waited for as long as it may: say what is known of what it waits for, and name what it did not reach.</summary>
    public sealed record EndFlush(Task Waiting, TaskCompletionSource<IReadOnlyList<string>> Unreached) : PumpOrder;

    /// <summary>Look at the snapshots, from the one thread that may.</summary>
    public sealed record Inspect(Action<IReadOnlyList<Snapshot>> Look, TaskCompletionSource Done) : PumpOrder;
}
