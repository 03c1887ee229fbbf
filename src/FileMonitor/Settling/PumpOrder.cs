using FileMonitor.Extending;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// A request to the pump, which alone owns snapshots, debouncer and gaps. Passed through the <see cref="PumpInbox"/>, in order.
/// </summary>
internal abstract record PumpOrder
{
    /// <summary>An order about one root.</summary>
    public abstract record OfRoot(MonitoredRoot Root) : PumpOrder;

    /// <summary>Compares a directory with the disk. Done when it and, with <see cref="DirectoryLook.Tree"/>, everything below is compared.</summary>
    public sealed record Compare(MonitoredRoot Root, string Directory, DirectoryLook Look, TaskCompletionSource Done) : OfRoot(Root);

    /// <summary>A source reports that it does not cover a directory (with the reason), or covers it again (null).</summary>
    public sealed record ReportCoverage(MonitoredRoot Root, string Directory, GapCause Cause, string? Detail) : OfRoot(Root);

    /// <summary>Marks a root as lost.</summary>
    public sealed record MarkRootLost(MonitoredRoot Root, string Problem) : OfRoot(Root);

    /// <summary>Marks a lost root as restored: it is present and armed; the status is that of its directory.</summary>
    public sealed record RestoreRoot(MonitoredRoot Root, FileStatus Status) : OfRoot(Root);

    /// <summary>
    /// Adds a root whose source is armed, with its baseline. What was reported about it before waits for this.
    /// </summary>
    /// <param name="Snapshot">The baseline. The pump owns it from now on.</param>
    /// <param name="Problem">Why the root is lost; null when it is there.</param>
    /// <param name="Unreadable">The directories that could not be read.</param>
    /// <param name="Done">Completed when the root is added.</param>
    public sealed record AddRoot(Snapshot Snapshot, string? Problem, List<(string Path, FileStatusOutcome Outcome)> Unreadable, TaskCompletionSource Done) : OfRoot(Snapshot.Root);

    /// <summary>Removes a root whose source has ended. Nothing is reported about it any more.</summary>
    public sealed record RemoveRoot(MonitoredRoot Root, TaskCompletionSource Done) : OfRoot(Root);

    /// <summary>Settles everything before this order. Done when its events are passed to the stream.</summary>
    public sealed record Flush(TaskCompletionSource Done) : PumpOrder;

    /// <summary>Ends a flush at its timeout: emits what is known of the files that it waits for, and names what it did not reach.</summary>
    public sealed record EndFlush(Task Waiting, TaskCompletionSource<IReadOnlyList<string>> Unreached) : PumpOrder;

    /// <summary>Runs a delegate over the snapshots on the pump's thread.</summary>
    public sealed record Inspect(Action<PerRoot<Snapshot>> Look, TaskCompletionSource Done) : PumpOrder;
}
