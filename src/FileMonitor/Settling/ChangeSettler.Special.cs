using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

// Links, pipes, sockets and devices: compared by what they are (target, type, mode), never opened.
internal sealed partial class ChangeSettler
{
    /// <summary>The same again is nothing, whoever made it anew: a link to the same target, a pipe in the place of a pipe.</summary>
    private void SettleSpecial(Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry entry, DateTimeOffset now)
    {
        var target = TargetOf(status);
        var isSame = entry.Type == ItemType.Other || (target is null || entry.TargetDigest is null ? entry.IsSameState(status) : entry.TargetDigest.Equals(target));
        if (isSame)
        {
            UpdateAttributes(snapshot, change.Path, entry, status, entry.HasSameAttributes(status), change, now);
            return;
        }

        FlushBaseline(snapshot, entry, change.Path);
        var previous = PreviousState.Of(entry);
        entry.SetStatus(status);
        entry.SetTarget(target);
        Emit(change, snapshot, DescribeItem(AuditEventKind.Modified, snapshot, change.Path, entry, change, status, now, previous));
    }

    /// <summary>The digest of where a link points; null for what is no link.</summary>
    private static Sha256Digest? TargetOf(in FileStatus status) => status.LinkTarget is { } target ? Sha256Digest.OfText(target) : null;
}
