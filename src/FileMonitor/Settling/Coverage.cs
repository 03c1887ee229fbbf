using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FileMonitor.Values;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Settling;

/// <summary>
/// Directories in which nothing is noticed: closed to us, not watchable by the source, or a whole root after a defect. Each is a gap, and is
/// looked into from time to time. Owner: the pump.
/// </summary>
internal sealed class Coverage(SettleContext context, GapTracker gaps, UncoveredDirectories uncovered, PumpHooks hooks, ILogger logger)
{
    private readonly List<(MonitoredRoot Root, SnapshotEntry Directory)> _readableAgain = [];

    /// <summary>When the next directory is looked into in which nothing is noticed.</summary>
    public long? NextLook => uncovered.NextDue;

    /// <summary>Says that a directory is closed to us; only once, until it could be listed again.</summary>
    public void ReportInaccessible(Snapshot snapshot, SnapshotEntry directory, FileStatusOutcome outcome)
    {
        if (!directory.IsInaccessible)
        {
            snapshot.Apply(TreeDelta.Update(Snapshot.PathOf(directory)) with { IsInaccessible = true }, directory);
            Uncover(snapshot, directory, GapCause.Inaccessible, ProblemOf(outcome));
        }
    }

    /// <summary>
    /// FileSystemWatcher knows names only as text: a directory whose name is not UTF-8 it cannot watch, and does not say so. What happens in
    /// it is found by looking into it from time to time.
    /// </summary>
    public void ReportUnwatchable(Snapshot snapshot, SnapshotEntry entry)
    {
        if (entry.Type == ItemType.Directory && snapshot.Root.Recursive && PathText.MayHoldBytes(entry.Name) && !context.Rules.WatchesAnyName(snapshot.Root) && SettleContext.IsUnwatchable(entry))
        {
            Uncover(
                snapshot, entry, GapCause.PartialCoverage, "The name of this directory is not UTF-8, so the source cannot watch it; it is compared with the disk from time to time. Rename it.");
        }
    }

    /// <summary>A directory could be read. If it was closed to us before, the source may not be watching it: that has to be made good first.</summary>
    public void Cover(Snapshot snapshot, SnapshotEntry directory)
    {
        if (directory.IsInaccessible)
        {
            snapshot.Apply(TreeDelta.Update(Snapshot.PathOf(directory)) with { IsInaccessible = false }, directory);
            _readableAgain.Add((snapshot.Root, directory));
            hooks.Rearm(snapshot.Root);
        }
    }

    /// <summary>One change could not be handled because of a defect: said and counted. Later everything is compared, in case it has passed.</summary>
    public void Lose(PendingChange? change, Snapshot snapshot, Exception defect)
    {
        logger.ChangeFailed(defect);
        if (change is not null)
        {
            context.Counters.Current.Pending -= change.Hints;
            context.Counters.Current.CutOff += change.Hints;
            context.Progress.Settled(change);
        }

        // Not at once: it would most likely fail again, and a stop or a flush must end.
        Uncover(snapshot, snapshot.Top, GapCause.InternalError, $"{defect.GetType().Name}: {defect.Message}", change?.Hints ?? 0);
    }

    /// <summary>Nothing is noticed in a directory: a gap that lasts, and a directory to look into from time to time.</summary>
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
            // Closed if it does not happen again; if it does, it is opened again before that.
            gaps.EndCondition(snapshot.Root, "", cause);
        }

        context.Reconciler.Request(snapshot, directory, DirectoryLook.Tree | (cause == GapCause.PartialCoverage ? DirectoryLook.Compare : DirectoryLook.Reconcile));
    }

    /// <summary>The source was armed anew: directories that were closed and are not any more are covered.</summary>
    public void EndClosed(MonitoredRoot root)
    {
        foreach (var (_, directory) in _readableAgain.Where(again => again.Root == root && !again.Directory.IsInaccessible))
        {
            EndUncovered(directory, GapCause.Inaccessible);
        }

        _readableAgain.RemoveAll(again => again.Root == root);
    }

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

    /// <summary>Somebody flushes: every directory in which nothing is noticed is looked into now.</summary>
    public void LookIntoAllUncovered(long now)
    {
        // All are taken before the first is put back: it may be due again before another is due at all.
        var all = new List<(Snapshot Snapshot, SnapshotEntry Directory, GapCause Cause, string Path)>();
        while (uncovered.TryTakeDue(now, all: true, out var due))
        {
            all.Add(due);
        }

        all.ForEach(one => LookIntoUncovered(one.Snapshot, one.Directory, one.Cause, now));
    }
}
