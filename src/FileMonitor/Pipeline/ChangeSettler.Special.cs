using FileMonitor.Reconciliation;

namespace FileMonitor.Pipeline;

// Links, pipes, sockets and devices: compared by what they are (target, type, mode), never opened.
internal sealed partial class ChangeSettler
{
    /// <summary>The same again is nothing, whoever made it anew: a link to the same target, a pipe in the place of a pipe.</summary>
    private async ValueTask SettleSpecialAsync(Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry entry, DateTimeOffset now)
    {
        var target = TargetOf(snapshot, change.Path, status);
        var digest = DigestOf(target);
        var isSame = entry.Type == ItemType.Other || (digest is null || entry.TargetDigest is null ? entry.IsSameState(status) : entry.TargetDigest.Equals(digest));
        if (isSame)
        {
            await UpdateAttributesAsync(snapshot, change.Path, entry, status, entry.HasSameAttributes(status), change, now, target).ConfigureAwait(false);
            return;
        }

        await FlushBaselineAsync(snapshot, entry, change.Path).ConfigureAwait(false);
        var previous = PreviousState.Of(entry);
        entry.SetStatus(status);
        entry.SetTarget(digest);
        await EmitAsync(
            change, snapshot, DescribeItem(AuditEventKind.Modified, snapshot, change.Path, entry, change, status, now, previous, target: target)).ConfigureAwait(false);
    }

    /// <summary>An item that was not known and is not read.</summary>
    private async ValueTask AnnounceSpecialAsync(Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry entry, DateTimeOffset now)
    {
        string? target;
        try
        {
            target = TargetOf(snapshot, change.Path, status);
        }
        catch (Exception)
        {
            // The host's view failed. An entry that nobody was told of would be taken for one that is known when it is looked at again.
            Forget(snapshot, entry);
            throw;
        }

        entry.SetChecksum(StatusWithoutReading(status));
        entry.SetTarget(DigestOf(target));
        entry.IsAnnounced = true;
        await EmitAsync(change, snapshot, DescribeItem(AuditEventKind.Created, snapshot, change.Path, entry, change, status, now, target: target)).ConfigureAwait(false);
    }

    /// <summary>
    /// Where a link points; null for what is no link, and for one that is another than was seen: then it is not known what that one's was, and a
    /// hint about it is on its way. Asked before anything is changed, because a host's view may throw.
    /// </summary>
    private string? TargetOf(Snapshot snapshot, string path, in FileStatus seen) =>
        seen.ItemType == ItemType.SymbolicLink
        && files.GetLinkTarget(snapshot.Root.PhysicalPath, path, out var link) is { } target
        && link.ItemType == seen.ItemType
        && link.LastWriteTicks == seen.LastWriteTicks
        && link.Identity.MayEqual(seen.Identity) ? target : null;

    private static Sha256Digest? DigestOf(string? target) => target is null ? null : Sha256Digest.OfText(target);
}
