using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Tree;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Settling;

/// <summary>Whether each root is there. While a root is lost, nothing is concluded about what is below it. Owner: the pump.</summary>
internal sealed class RootPresence(SettleContext context, GapTracker gaps, Coverage coverage, PumpHooks hooks, ILogger logger)
{
    /// <summary>
    /// Whether the root is still the known directory. Called before anything is reported as deleted: a root that is missing, unmounted or
    /// replaced is not a thousand deletions.
    /// </summary>
    public bool IsIntact(Snapshot snapshot)
    {
        if (snapshot.IsLost)
        {
            return false;
        }

        var status = context.Looks.GetDirectory(snapshot.Root.PhysicalPath, "");
        if (status.IsFound && status.ItemType == ItemType.Directory && snapshot.Top.Identity.MayEqual(status.Identity))
        {
            return true;
        }

        ReportRootLost(snapshot, status.IsFound ? "Another file or directory is in its place." : Coverage.ProblemOf(status.Outcome));
        return false;
    }

    /// <summary>An item is there and cannot be examined: reports its directory as unreadable.</summary>
    public void ReportInaccessible(Snapshot snapshot, string path, FileStatusOutcome outcome) =>
        coverage.ReportInaccessible(snapshot, snapshot.FindClosestDirectory(path), outcome);

    /// <summary>The pump found that a root is lost: marks it and tells its RootWatch, which restores it.</summary>
    public void ReportRootLost(Snapshot snapshot, string problem)
    {
        if (!snapshot.IsLost)
        {
            MarkLost(snapshot, problem);
            hooks.RootLost(snapshot.Root, problem);
        }
    }

    /// <summary>Marks a root as lost. The snapshot stays as it is; nothing is reported below the root until it is restored.</summary>
    public void MarkLost(Snapshot snapshot, string problem)
    {
        if (snapshot.IsLost)
        {
            return;
        }

        snapshot.Apply(TreeDelta.Root(isLost: true), snapshot.Top);
        EmitLost(snapshot, problem);
    }

    /// <summary>Emits RootLost and opens the gap.</summary>
    public void EmitLost(Snapshot snapshot, string problem)
    {
        // First the gaps that were opened before, so that the gap of this loss follows its event directly.
        gaps.EmitOpened();
        logger.RootLost(snapshot.Root.Path, problem);
        context.Outbox.Add(context.Events.Root(AuditEventKind.RootLost, snapshot.Root, problem, context.Time.GetUtcNow()));
        gaps.AddLostRoot(snapshot.Root, problem);
        gaps.EmitOpened();
    }

    // Somebody may have put a link in its place, and what is told from now on is of a directory elsewhere.
    private static string DescribeRestored(MonitoredRoot root) => root.IsFile || root.PhysicalPath == root.Path
        ? "The root is watched again; what changed meanwhile is reported next."
        : $"The root is watched again. Its path leads through a link to '{root.PhysicalPath}'. What changed meanwhile is reported next.";

    public void RestoreRoot(Snapshot snapshot, FileStatus status)
    {
        if (snapshot.IsLost)
        {
            snapshot.Apply(TreeDelta.Root(isLost: false) with { Status = status, IsInaccessible = false }, snapshot.Top);
            coverage.EndUncovered(snapshot.Top, GapCause.Inaccessible);
            logger.RootRestored(snapshot.Root.Path);
            context.Outbox.Add(context.Events.Root(AuditEventKind.RootRestored, snapshot.Root, DescribeRestored(snapshot.Root), context.Time.GetUtcNow()));
            gaps.EndCondition(snapshot.Root, "", GapCause.RootLost);
        }

        // Also when the root was not lost but only armed again: compare what happened in between, and end the gaps of directories that are
        // readable now.
        coverage.EndUnreadable(snapshot.Root);
        gaps.Heal(snapshot, snapshot.Top, isTree: true);
    }
}
