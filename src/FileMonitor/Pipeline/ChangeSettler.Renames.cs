using FileMonitor.Reconciliation;

namespace FileMonitor.Pipeline;

// What a rename means once the disk is looked at.
internal sealed partial class ChangeSettler
{
    /// <summary>
    /// A rename whose old name is known and whose new name shows the same file moves the entry. Everything else is judged by content:
    /// from an unknown or ignored name (a temporary file, something moved in), or when the name was used again meanwhile.
    /// </summary>
    /// <returns>The entry that stands for the new name now, if any.</returns>
    private async ValueTask<SnapshotEntry?> SettleRenameAsync(
        Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry parent, SnapshotEntry? target, DateTimeOffset now)
    {
        var moved = snapshot.Find(change.From);
        if (change.From == change.Path)
        {
            // A directory above was renamed meanwhile, and with that it has the name it comes from.
            return target;
        }

        if (moved is null || moved.Type != status.ItemType || !moved.Identity.MayEqual(status.Identity))
        {
            return target;
        }

        // Into a new directory of its own old name, or over the directory it was in: no single rename says that.
        if (parent == moved || IsInside(parent, moved) || IsInside(moved, target))
        {
            return target;
        }

        if (moved != target && target is not null && await IsReplacedInPlaceAsync(snapshot, change, moved, target).ConfigureAwait(false))
        {
            return target;
        }

        var previous = default(PreviousState);
        if (target is not null && moved != target)
        {
            previous = previous with { Replaced = target.IsAnnounced ? target.Digest : null };
            await ReplaceAsync(snapshot, target, change, now).ConfigureAwait(false);
        }

        await MoveAsync(snapshot, moved, parent, change.From!, change.Path, OccurrenceOf(change, now), status.HardLinkCount, previous, change).ConfigureAwait(false);
        return moved;
    }

    /// <summary>
    /// Something that is not known by its name is known by another, where it is no longer: it was moved, whatever the source said. Two names
    /// for one file are two files here.
    /// </summary>
    private async ValueTask<SnapshotEntry?> AdoptAsync(
        Snapshot snapshot, string path, SnapshotEntry parent, FileStatus status, Occurrence occurrence, PendingChange? change)
    {
        var moved = snapshot.FindByIdentity(status.Identity);
        if (moved is null || moved.Type != status.ItemType || parent == moved || IsInside(parent, moved))
        {
            return null;
        }

        // File systems give the number of a deleted file to the next one. The time of birth tells them apart; where there is none, the
        // state must be the same.
        if ((status.Identity.Birth == 0 || moved.Identity.Birth == 0) && moved.Type != ItemType.Directory && !moved.IsSameState(status))
        {
            return null;
        }

        var oldPath = Snapshot.PathOf(moved);
        var there = files.GetStatus(snapshot.Root.PhysicalPath, oldPath);
        if (there.IsFound ? there.Identity.IsSame(status.Identity) : there.Outcome != FileStatusOutcome.Missing)
        {
            return null;
        }

        // By a link and the end of the other name, perhaps: who has it open writes under that one.
        _goneNames.Add(snapshot.Root, oldPath, moved.Identity);
        await MoveAsync(snapshot, moved, parent, oldPath, path, occurrence, status.HardLinkCount, default, change).ConfigureAwait(false);
        if (there.IsFound)
        {
            // Something else has the old name by now, and nobody may have told.
            AddOwnHint(snapshot.Root, oldPath, FileChangeKind.Look, occurrence.Origin, IsAwaited(change), IsHealing(change));
        }

        return moved;
    }

    private async ValueTask MoveAsync(
        Snapshot snapshot,
        SnapshotEntry moved,
        SnapshotEntry parent,
        string oldPath,
        string path,
        Occurrence occurrence,
        uint hardLinks,
        PreviousState previous,
        PendingChange? change)
    {
        Snapshot.Move(moved, parent, PathText.NameOf(path).ToString());
        if (moved.IsAnnounced)
        {
            await FlushBaselineAsync(snapshot, moved, oldPath).ConfigureAwait(false);
            await EmitAsync(change, snapshot, events.Item(
                AuditEventKind.Renamed, snapshot, path, moved, occurrence, previous, oldPath: oldPath, hardLinks: hardLinks)).ConfigureAwait(false);
        }

        if (moved.Type == ItemType.Directory && snapshot.Root.Recursive)
        {
            // Hints from around the rename may name the old place or be lost: what is inside is compared.
            LookInto(snapshot, moved, DirectoryLook.Discover | DirectoryLook.Tree, change);
        }
    }

    /// <summary>
    /// True when the new name is to be judged by content: two files swapped their names (each is then Modified), or a file that nobody
    /// has heard of yet replaced one that is known (an atomic save).
    /// </summary>
    private async ValueTask<bool> IsReplacedInPlaceAsync(Snapshot snapshot, PendingChange change, SnapshotEntry moved, SnapshotEntry target)
    {
        if (!moved.IsAnnounced && target.IsAnnounced)
        {
            await DeleteTreeAsync(snapshot, moved, change.From!, OccurrenceOf(change, time.GetUtcNow()), change).ConfigureAwait(false);
            return true;
        }

        var fromNow = files.GetStatus(snapshot.Root.PhysicalPath, change.From!);
        return fromNow.IsFound && fromNow.Identity.IsSame(target.Identity);
    }

    /// <summary>A file that is renamed over leaves no event of its own: the rename carries its checksum. A directory's contents do.</summary>
    private async ValueTask ReplaceAsync(Snapshot snapshot, SnapshotEntry target, PendingChange change, DateTimeOffset now)
    {
        foreach (var entry in Snapshot.ChildrenFirst(target))
        {
            if (entry != target)
            {
                await DeleteOneAsync(snapshot, entry, Snapshot.PathOf(entry), OccurrenceOf(change, now).WithoutActor, change).ConfigureAwait(false);
            }
        }

        await FlushBaselineAsync(snapshot, target, change.Path).ConfigureAwait(false);
        Forget(snapshot, target);
    }

    private static bool IsInside(SnapshotEntry entry, SnapshotEntry? directory)
    {
        for (var above = entry.Parent; above is not null; above = above.Parent)
        {
            if (above == directory)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A name that something was renamed away from. If something is there, look at it; if nothing is there and it is still known, it is gone.</summary>
    private async ValueTask LookAtOldNameAsync(Snapshot snapshot, string path, PendingChange change)
    {
        // Also where nothing is known: what came there since may have been taken for what left.
        var entry = snapshot.Find(path);
        var status = files.GetStatus(snapshot.Root.PhysicalPath, path);
        if (status.IsFound)
        {
            AddOwnHint(snapshot.Root, path, FileChangeKind.Look, change.Origin, IsAwaited(change), IsHealing(change));
            if (entry is { Type: ItemType.Directory } && snapshot.Root.Recursive)
            {
                // It was not this directory that was renamed after all; what was gone from it meanwhile was left to the rename to find.
                LookInto(snapshot, entry, DirectoryLook.Discover | DirectoryLook.Tree, change);
            }
        }
        else if (status.Outcome == FileStatusOutcome.Missing && entry is not null
            && !debouncer.IsBelowRename(snapshot.Root, path) && await IsIntactAsync(snapshot).ConfigureAwait(false))
        {
            await DeleteTreeAsync(snapshot, entry, path, OccurrenceOf(change, time.GetUtcNow()), change).ConfigureAwait(false);
        }
    }
}
