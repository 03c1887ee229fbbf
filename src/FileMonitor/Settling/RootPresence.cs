using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Tree;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Settling;

/// <summary>Whether each root is there: while it is not, nothing is concluded about what is below it. Owner: the pump.</summary>
internal sealed class RootPresence(SettleContext context, GapTracker gaps, Coverage coverage, PumpHooks hooks, ILogger logger)
{
    /// <summary>
    /// Nothing is concluded from what is not found unless the root itself is what it was: it may be gone, unmounted, or another directory,
    /// and a root that is gone is not a thousand deletions.
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

        LoseRoot(snapshot, status.IsFound ? "Another file or directory is in its place." : Coverage.ProblemOf(status.Outcome));
        return false;
    }

    /// <summary>Something is there and cannot be looked at: the directory that it is in is closed to us.</summary>
    public void ReportInaccessible(Snapshot snapshot, string path, FileStatusOutcome outcome) =>
        coverage.ReportInaccessible(snapshot, snapshot.FindClosestDirectory(path), outcome);

    /// <summary>The pump itself found that a root is gone; who looks after it brings it back.</summary>
    public void LoseRoot(Snapshot snapshot, string problem)
    {
        if (!snapshot.IsLost)
        {
            Lose(snapshot, problem);
            hooks.RootLost(snapshot.Root, problem);
        }
    }

    /// <summary>The root is gone, or is not what it was. What is known of it stays known; nothing is said about it until it is back.</summary>
    public void Lose(Snapshot snapshot, string problem)
    {
        if (snapshot.IsLost)
        {
            return;
        }

        snapshot.Apply(TreeDelta.Root(isLost: true), snapshot.Top);
        TellLost(snapshot, problem);
    }

    /// <summary>Says, also before anything else, that a root cannot be watched.</summary>
    public void TellLost(Snapshot snapshot, string problem)
    {
        // So that the gap of the loss comes next to it, and not behind one that was opened before.
        gaps.TellOpened();
        logger.RootLost(snapshot.Root.Path, problem);
        context.Outbox.Add(context.Events.Root(AuditEventKind.RootLost, snapshot.Root, problem, context.Time.GetUtcNow()));
        gaps.AddLostRoot(snapshot.Root, problem);
        gaps.TellOpened();
    }

    public void RestoreRoot(Snapshot snapshot, FileStatus status)
    {
        if (snapshot.IsLost)
        {
            snapshot.Apply(TreeDelta.Root(isLost: false) with { Status = status, IsInaccessible = false }, snapshot.Top);
            coverage.EndUncovered(snapshot.Top, GapCause.Inaccessible);
            logger.RootRestored(snapshot.Root.Path);
            context.Outbox.Add(context.Events.Root(
                AuditEventKind.RootRestored, snapshot.Root, "The root is watched again; what changed meanwhile is reported next.", context.Time.GetUtcNow()));
            gaps.EndCondition(snapshot.Root, "", GapCause.RootLost);
        }

        // Also where it was not lost, but armed anew: what happened in between is compared, and directories that were closed are covered now.
        coverage.EndClosed(snapshot.Root);
        gaps.Heal(snapshot, snapshot.Top, isTree: true);
    }
}
