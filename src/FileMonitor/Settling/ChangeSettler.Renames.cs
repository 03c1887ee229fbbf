using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

// What a rename means once the disk is looked at.
internal sealed partial class ChangeSettler
{
    /// <summary>
    /// The entry whose file has the path now: the one that a hint says was renamed to it, or any that is known by this identity and is gone
    /// from its own place, whatever the source said. Null when the file was not known, or has its path still.
    /// </summary>
    private SnapshotEntry? FindMoved(Snapshot snapshot, PendingChange change, in FileStatus status, SnapshotEntry parent, SnapshotEntry? entry)
    {
        if (entry is not null && entry.Type == status.ItemType && entry.Identity.MayEqual(status.Identity))
        {
            return null;
        }

        if (change.From is { } from && from != change.Path && snapshot.Find(from) is { } named && IsFile(named, status) && CanMove(named, parent))
        {
            return named;
        }

        foreach (var known in snapshot.FindAllByIdentity(status.Identity))
        {
            if (known != entry && IsFile(known, status) && CanMove(known, parent) && IsSurelySame(known, status) && IsGoneFromItsPlace(snapshot, known))
            {
                return known;
            }
        }

        return null;
    }

    public static bool IsFile(SnapshotEntry entry, in FileStatus status) => entry.Type == status.ItemType && entry.Identity.MayEqual(status.Identity);

    /// <summary>A directory cannot be moved into itself: who is known as the directory above is then another one on disk.</summary>
    private static bool CanMove(SnapshotEntry entry, SnapshotEntry parent) => parent != entry && !IsInside(parent, entry);

    // File systems give the number of a deleted file to the next one. The time of birth tells them apart; where there is none, the state must
    // be the same.
    public static bool IsSurelySame(SnapshotEntry entry, in FileStatus status) =>
        (status.Identity.Birth != 0 && entry.Identity.Birth != 0) || entry.Type == ItemType.Directory || entry.IsSameState(status);

    // Two names for one file are two files here: one that still has its place was not moved.
    private bool IsGoneFromItsPlace(Snapshot snapshot, SnapshotEntry entry)
    {
        var there = _looks.GetStatus(snapshot.Root.PhysicalPath, Snapshot.PathOf(entry));
        return there.IsFound ? !there.Identity.IsSame(entry.Identity) : there.Outcome == FileStatusOutcome.Missing;
    }

    /// <summary>A known file has the path now. What was known there before was replaced, or has another name itself.</summary>
    /// <returns>The entry that stands for the path now.</returns>
    private SnapshotEntry MoveHere(
        Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry moved, SnapshotEntry parent, SnapshotEntry? target)
    {
        var now = time.GetUtcNow();
        if (target is not null && !moved.IsAnnounced && target.IsAnnounced)
        {
            // A file that nobody has heard of yet replaced one that is known: an atomic save.
            DeleteTree(snapshot, moved, Snapshot.PathOf(moved), OccurrenceOf(change, now), change);
            return target;
        }

        MoveToPath(snapshot, change, status, moved, parent, target, change.Path);
        return moved;
    }

    /// <summary>A known item has a path now, and what is known there is gone.</summary>
    private void MoveToPath(
        Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry moved, SnapshotEntry parent, SnapshotEntry? target, string path)
    {
        var now = time.GetUtcNow();
        var previous = default(PreviousState);
        if (target is not null)
        {
            previous = previous with { Replaced = target.IsAnnounced ? target.Digest : null };

            // What may throw comes before anything is forgotten.
            FlushBaseline(snapshot, target, path);
            FlushBaseline(snapshot, moved, Snapshot.PathOf(moved));
            Replace(snapshot, target, change, now);
        }

        // By a link and the end of the other name, perhaps: who has it open writes under that one.
        var oldPath = Snapshot.PathOf(moved);
        _goneNames.Add(snapshot.Root, oldPath, moved.Identity);
        Move(snapshot, moved, parent, oldPath, path, OccurrenceOf(change, now), status.HardLinkCount, previous, change);

        // The rename is what changed the change time.
        moved.NoteChangeTime(status);
        if (change.Path == path)
        {
            // That it appeared was the rename, and says nothing about what is in it.
            change.Kinds &= ~PendingHints.Created;
        }

        if (oldPath != change.From)
        {
            // No hint names the old place: something else may have it by now.
            AddOwnHint(snapshot.Root, oldPath, FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
        }
    }

    private void Move(
        Snapshot snapshot,
        SnapshotEntry moved,
        SnapshotEntry parent,
        string oldPath,
        string path,
        Occurrence occurrence,
        uint hardLinks,
        PreviousState previous,
        PendingChange change,
        string? detail = null)
    {
        // First, because a host's view may throw: a move is never without its event.
        FlushBaseline(snapshot, moved, oldPath);
        Snapshot.Move(moved, parent, PathText.NameOf(path).ToString());
        _hasMoved = true;
        if (moved.IsAnnounced)
        {
            Emit(change, snapshot, events.Item(
                AuditEventKind.Renamed, snapshot, path, moved, occurrence, previous, oldPath: oldPath, hardLinks: hardLinks, detail: detail));
        }

        if (moved.Type == ItemType.Directory && snapshot.Root.Recursive)
        {
            _movedDirectories.Add(snapshot.Root, oldPath, path, debouncer.LastNumber);

            // Hints from around the rename may name the old place or be lost: what is inside is compared.
            LookInto(snapshot, moved, DirectoryLook.Discover | DirectoryLook.Tree, change);
        }
    }

    /// <summary>A file that is renamed over leaves no event of its own: the rename carries its checksum. A directory's contents do.</summary>
    private void Replace(Snapshot snapshot, SnapshotEntry target, PendingChange change, DateTimeOffset now)
    {
        foreach (var entry in Snapshot.ChildrenFirst(target))
        {
            if (entry != target)
            {
                DeleteOne(snapshot, entry, Snapshot.PathOf(entry), OccurrenceOf(change, now).WithoutActor, change);
            }
        }

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
    private void LookAtOldName(Snapshot snapshot, string path, PendingChange change)
    {
        if (snapshot.IsLost)
        {
            return;
        }

        // Also where nothing is known: what came there since may have been taken for what left.
        var entry = snapshot.Find(path);
        var status = _looks.GetStatus(snapshot.Root.PhysicalPath, path);
        if (status.IsFound)
        {
            AddOwnHint(snapshot.Root, path, FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
            if (entry is { Type: ItemType.Directory } && snapshot.Root.Recursive)
            {
                // It was not this directory that was renamed after all; what was gone from it meanwhile was left to the rename to find.
                LookInto(snapshot, entry, DirectoryLook.Discover | DirectoryLook.Tree, change);
            }
        }
        else if (status.Outcome == FileStatusOutcome.Missing && entry is not null)
        {
            // Whoever renamed it away is told as who deleted it, unless it turns up elsewhere.
            var gone = OwnChange(snapshot.Root, path, PendingHints.Deleted, change);
            gone.NoteActor(change.Actor);
            gone.IsOnBehalf = true;
            gone.AlsoLook = change.AlsoLook is null ? null : [.. change.AlsoLook];
            Settle(gone);
        }
    }
}
