using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Settling;

/// <summary>
/// Directories that are uncovered: unreadable, not watchable by the source, or a whole root after a defect. Each is a gap, and is scanned from
/// time to time. Owner: the pump.
/// </summary>
internal sealed class Coverage(SettleContext context, GapTracker gaps, UncoveredDirectories uncovered, PumpHooks hooks, ILogger logger)
{
    private readonly List<(MonitoredRoot Root, SnapshotEntry Directory)> _readableAgain = [];

    /// <summary>When the next uncovered directory is scanned.</summary>
    public long? NextLook => uncovered.NextDue;

    /// <summary>Reports a directory as unreadable; once, until it can be listed again.</summary>
    public void ReportInaccessible(Snapshot snapshot, SnapshotEntry directory, FileStatusOutcome outcome)
    {
        if (!directory.IsInaccessible)
        {
            snapshot.Apply(TreeDelta.Update(Snapshot.PathOf(directory)) with { IsInaccessible = true }, directory);
            Uncover(snapshot, directory, GapCause.Inaccessible, ProblemOf(outcome));
        }
    }

    /// <summary>Reports the directories of a new root that its source cannot watch because of their names.</summary>
    public void ReportUnwatchable(Snapshot snapshot)
    {
        foreach (var entry in context.Rules.WatchesAnyName(snapshot.Root) ? [] : snapshot.All())
        {
            ReportUnwatchable(snapshot, entry);
        }
    }

    /// <summary>
    /// Reports a directory that the source cannot watch. FileSystemWatcher handles names only as text: it does not watch a directory whose name
    /// is not UTF-8, and reports no error.
    /// </summary>
    public void ReportUnwatchable(Snapshot snapshot, SnapshotEntry entry)
    {
        if (entry.Type == ItemType.Directory && snapshot.Root.Recursive && PathText.MayHoldBytes(entry.Name) && !context.Rules.WatchesAnyName(snapshot.Root) && SettleContext.IsUnwatchable(entry))
        {
            Uncover(
                snapshot, entry, GapCause.PartialCoverage, "The name of this directory is not UTF-8, so the source cannot watch it; it is compared with the disk from time to time. Rename it.");
        }
    }

    /// <summary>A directory was read. If it was unreadable before, the source may not watch it and has to be armed again first.</summary>
    public void Cover(Snapshot snapshot, SnapshotEntry directory)
    {
        if (directory.IsInaccessible)
        {
            snapshot.Apply(TreeDelta.Update(Snapshot.PathOf(directory)) with { IsInaccessible = false }, directory);
            _readableAgain.Add((snapshot.Root, directory));
            hooks.Rearm(snapshot.Root);
        }
    }

    /// <summary>Counts a change as lost because of a defect and opens a gap. The whole root is compared later.</summary>
    public void ReportDefect(PendingChange? change, Snapshot snapshot, Exception defect)
    {
        logger.ChangeFailed(defect);
        if (change is not null)
        {
            context.Counters.Current.Pending -= change.Hints;
            context.Counters.Current.CutOff += change.Hints;
            context.Progress.Settled(change);
        }

        // Not at once: the comparison would most likely fail again, and a stop or a flush has to end.
        Uncover(snapshot, snapshot.Top, GapCause.InternalError, $"{defect.GetType().Name}: {defect.Message}", change?.Hints ?? 0);
    }

    /// <summary>Opens a gap that lasts for an uncovered directory and schedules scans of it.</summary>
    private void Uncover(Snapshot snapshot, SnapshotEntry directory, GapCause cause, string detail, int lost = 0)
    {
        var path = Snapshot.PathOf(directory);
        gaps.AddCondition(snapshot.Root, path, cause, detail, lost);
        uncovered.Add(snapshot, directory, cause, path, context.Time.GetTimestamp());
    }

    public void LookIntoUncovered()
    {
        var now = context.Time.GetTimestamp();
        for (var left = uncovered.Count; left > 0 && !context.IsStopping && uncovered.TryTakeDue(now, all: false, out var due); left--)
        {
            LookIntoUncovered(due.Snapshot, due.Directory, due.Cause, now);
        }
    }

    private void LookIntoUncovered(Snapshot snapshot, SnapshotEntry directory, GapCause cause, long now)
    {
        if (directory.IsDetached || (cause == GapCause.PartialCoverage && !SettleContext.IsUnwatchable(directory)))
        {
            EndUncovered(directory, cause);
            return;
        }

        uncovered.PutBack(directory, cause, now);
        if (cause == GapCause.InternalError)
        {
            // Ends the condition before the scan. If the defect happens again, it is reported again before the gap is closed.
            gaps.EndCondition(snapshot.Root, "", cause);
        }

        context.Reconciler.Request(snapshot, directory, DirectoryLook.Tree | (cause == GapCause.PartialCoverage ? DirectoryLook.Compare : DirectoryLook.Reconcile));
    }

    /// <summary>The source is armed again: it covers the directories that have become readable.</summary>
    public void EndUnreadable(MonitoredRoot root)
    {
        foreach (var (_, directory) in _readableAgain.Where(again => again.Root == root && !again.Directory.IsInaccessible))
        {
            EndUncovered(directory, GapCause.Inaccessible);
        }

        _readableAgain.RemoveAll(again => again.Root == root);
    }

    /// <summary>The root is removed. Its uncovered directories are dropped when their turn comes.</summary>
    public void Remove(MonitoredRoot root) => _readableAgain.RemoveAll(again => again.Root == root);

    public void EndUncovered(SnapshotEntry directory, GapCause cause)
    {
        if (uncovered.Remove(directory, cause) is { } known)
        {
            gaps.EndCondition(known.Root, known.Directory, cause);
        }
    }

    public static string ProblemOf(FileStatusOutcome outcome) => outcome switch
    {
        FileStatusOutcome.Missing => "It does not exist.",
        FileStatusOutcome.Inaccessible => "Permission denied: what is here is unknown, not deleted. Give the process read and search permission.",
        _ => "The file system reported an error: what is here is unknown, not deleted.",
    };

    /// <summary>A flush begins: scans every uncovered directory now.</summary>
    public void LookIntoAllUncovered(long now)
    {
        // Take all before the first is put back: it may be due again at once.
        var all = new List<(Snapshot Snapshot, SnapshotEntry Directory, GapCause Cause, string Path)>();
        while (uncovered.TryTakeDue(now, all: true, out var due))
        {
            all.Add(due);
        }

        all.ForEach(one => LookIntoUncovered(one.Snapshot, one.Directory, one.Cause, now));
    }
}
