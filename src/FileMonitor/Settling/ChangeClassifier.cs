using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Decides what happened to one path: compares the disk with the snapshot, changes the snapshot, and emits exactly that change. Hints only say which path to
/// examine. Owner: the pump.
/// </summary>
internal sealed class ChangeClassifier(SettleContext context, ItemChanges items, ItemMoves moves, FilesBeingRead reading, PutOffs putOffs, RootPresence roots, WritesToGoneNames goneWrites)
{
    /// <returns>Whether the change is settled; false when a file has to be read first, or is held back.</returns>
    public bool Settle(Snapshot snapshot, PendingChange change)
    {
        putOffs.Held.Join(change);
        var root = snapshot.Root;
        if (!root.Recursive && change.Path.Contains('/', StringComparison.Ordinal))
        {
            change.WasIgnored = true;
            return true;
        }

        if (snapshot.IsLost)
        {
            // The path may lead into another directory now. The whole root is compared when it is back.
            return true;
        }

        var entry = snapshot.Find(change.Path);
        var status = context.Look(snapshot, change);
        if (!root.Rules.IsEmpty && root.Rules.IsIgnored(change.Path, TypeOf(status, entry).IsDirectory()))
        {
            // For the consumer, an item that was renamed to an ignored name is deleted; Finish examines the old name. The same holds for an item whose name
            // became ignored because a directory above was renamed or because its type changed.
            change.WasIgnored = true;
            if (entry is not null)
            {
                items.DeleteTree(snapshot, entry, change.Path, context.OccurrenceOf(change, context.Time.GetUtcNow()), change);
            }

            return true;
        }

        switch (status.Outcome)
        {
            case FileStatusOutcome.Found:
                return SettleFound(snapshot, change, status);
            case FileStatusOutcome.Missing:
                return SettleGone(snapshot, change, entry);
            default:
                roots.ReportInaccessible(snapshot, change.Path, status.Outcome);
                return true;
        }
    }

    private static ItemType TypeOf(in FileStatus status, SnapshotEntry? entry) =>
        status.IsFound ? status.ItemType : entry?.Type ?? ItemType.File; // An unknown item has nothing known below it, so its type does not matter.

    private bool SettleFound(Snapshot snapshot, PendingChange change, FileStatus status)
    {
        var now = context.Time.GetUtcNow();
        if (snapshot.Find(PathText.DirectoryOf(change.Path)) is not { Type: ItemType.Directory } parent)
        {
            // The parent directory is missing, is a link now, or is ignored: below this root the item does not exist.
            return SettleGone(snapshot, change, snapshot.Find(change.Path));
        }

        var entry = snapshot.Find(change.Path);
        if (entry is not null && ItemIdentity.IsMissed(entry, status) && putOffs.TryPutOff(snapshot, change, entry))
        {
            return false;
        }

        if (FindMoved(snapshot, change, status, parent, entry) is { } moved)
        {
            entry = MoveHere(snapshot, change, status, moved, entry);
        }

        if (entry is not null && entry.Type != status.ItemType)
        {
            // A file became a directory, or a directory a file: it is another item under the same name.
            items.DeleteTree(snapshot, entry, change.Path, context.OccurrenceOf(change, now), change);
            entry = null;
        }

        if (entry is not null)
        {
            moves.Respell(snapshot, change, status, entry);
            return SettleKnown(snapshot, change, status, entry, now);
        }

        if (putOffs.Held.MustHold(snapshot, change, status))
        {
            return Hold(snapshot, change);
        }

        if (!snapshot.Root.Settings.NeedsReading(status))
        {
            status = context.WithExtended(snapshot, change.Path, status);
        }

        entry = snapshot.Apply(TreeDelta.Add(change.Path, status), parent);
        return Announce(snapshot, change, status, entry, now);
    }

    /// <returns>Whether the change is settled; false when it was put off.</returns>
    private bool SettleGone(Snapshot snapshot, PendingChange change, SnapshotEntry? entry)
    {
        var now = context.Time.GetUtcNow();
        if (!roots.IsIntact(snapshot))
        {
            return true;
        }

        if (entry is null)
        {
            if ((change.Kinds & (PendingHints.Created | PendingHints.Renamed)) != 0 && change.From is null)
            {
                items.ReportTransient(snapshot, change.Path, context.OccurrenceOf(change, now), change);
            }
        }
        else if (change.IsAskedAgain)
        {
            return true;
        }
        else if (putOffs.TryPutOff(snapshot, change, entry))
        {
            return false;
        }
        else
        {
            items.DeleteTree(snapshot, entry, change.Path, context.OccurrenceOf(change, now), change);
        }

        goneWrites.Follow(snapshot, change);
        return true;
    }

    /// <summary>Reports a new item. A file is reported after it was read; further changes of it wait until then.</summary>
    private bool Announce(Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry entry, DateTimeOffset now)
    {
        if (status.ItemType == ItemType.Directory)
        {
            items.AnnounceDirectory(snapshot, change.Path, entry, context.OccurrenceOf(change, now), change);
            return true;
        }

        if (snapshot.Root.Settings.NeedsReading(status))
        {
            reading.StartWork(snapshot, change, entry, change.Path, status.Identity, status.Size, now);
            return false;
        }

        snapshot.Apply(
            TreeDelta.Update(change.Path) with { Checksum = snapshot.Root.Settings.StatusWithoutReading(status), Target = status.LinkTarget, HasTarget = true, IsAnnounced = true }, entry);
        items.NoteTold(snapshot, change.Path, entry, change.Writers);
        context.Emit(change, snapshot, items.DescribeItem(AuditEventKind.Created, snapshot, change.Path, entry, change, status, now));
        return true;
    }

    private bool SettleKnown(Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry entry, DateTimeOffset now)
    {
        if (reading.TryPark(entry, change))
        {
            return false;
        }

        if (entry.Type is ItemType.SymbolicLink or ItemType.Other)
        {
            SettleSpecial(snapshot, change, status, entry, now);
            return true;
        }

        var isSame = entry.IsSameState(status);
        if (entry.Type == ItemType.Directory)
        {
            if (((change.Kinds & (PendingHints.Created | PendingHints.Renamed)) != 0 || !entry.Identity.MayEqual(status.Identity)) && snapshot.Root.Enters(change.Path))
            {
                // A directory was created or moved here under a known name: its contents may differ entirely.
                context.LookInto(snapshot, entry, DirectoryLook.Discover | DirectoryLook.Tree, change);
            }
        }
        else if (!isSame || !entry.HasSameChangeTime(status) || (change.Kinds & PendingHints.Content) != 0)
        {
            if ((!isSame || (change.Kinds & PendingHints.Content) != 0) && putOffs.Held.MustHold(snapshot, change, status))
            {
                return Hold(snapshot, change);
            }

            if (snapshot.Root.Settings.NeedsReading(status))
            {
                reading.StartWork(snapshot, change, entry, change.Path, status.Identity, status.Size, now);
                return false;
            }

            if (!isSame)
            {
                items.EmitUnread(snapshot, entry, change, status, now);
                return true;
            }
        }

        items.UpdateAttributes(snapshot, change.Path, entry, status, change, now);
        if (entry.IsToldOpen && change.Writers == FileWriters.None)
        {
            items.EmitComplete(snapshot, change.Path, entry, change, status, now);
        }

        return true;
    }

    /// <summary>Holds a file that is not complete, after its other names were examined.</summary>
    /// <returns>False: the change is not settled.</returns>
    private bool Hold(Snapshot snapshot, PendingChange change)
    {
        Finish(snapshot, change);
        putOffs.Held.Add(change);
        return false;
    }

    /// <summary>Settles a link or a special file. A new link with the same target, or a pipe in place of a pipe, is no change.</summary>
    private void SettleSpecial(Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry entry, DateTimeOffset now)
    {
        var (target, known) = (status.LinkTarget, entry.LinkTarget);
        var isSame = entry.Type == ItemType.Other || (target is null || known is null ? entry.IsSameState(status) : known == target);
        if (isSame)
        {
            items.UpdateAttributes(snapshot, change.Path, entry, status, change, now);
            return;
        }

        items.FlushBaseline(snapshot, entry, change.Path);
        status = context.WithExtended(snapshot, change.Path, status, entry);
        var previous = PreviousState.Of(entry);
        snapshot.Apply(TreeDelta.Update(change.Path, status) with { Target = target, HasTarget = true }, entry);
        context.Emit(change, snapshot, items.DescribeItem(AuditEventKind.Modified, snapshot, change.Path, entry, change, status, now, previous));
    }

    /// <summary>
    /// Finds the entry of the file that has the path now: the one that a hint names as renamed, or one with this identity that is no longer at its own path. Null when
    /// the file is unknown, or still has its path.
    /// </summary>
    private SnapshotEntry? FindMoved(Snapshot snapshot, PendingChange change, in FileStatus status, SnapshotEntry parent, SnapshotEntry? entry)
    {
        if (entry is not null && entry.Type == status.ItemType && entry.Identity.MayEqual(status.Identity))
        {
            return null;
        }

        if (change.From is { } from && from != change.Path && snapshot.Find(from) is { } named && ItemIdentity.IsFile(named, status) && ItemIdentity.CanMove(named, parent))
        {
            return named;
        }

        foreach (var known in snapshot.FindAllByIdentity(status.Identity))
        {
            if (known != entry && ItemIdentity.IsFile(known, status) && ItemIdentity.CanMove(known, parent) && ItemIdentity.IsSurelySame(known, status) && IsGoneFromItsPlace(snapshot, known))
            {
                return known;
            }
        }

        return null;
    }

    // Two names of one file count as two files: an entry that is still at its path was not moved.
    private bool IsGoneFromItsPlace(Snapshot snapshot, SnapshotEntry entry)
    {
        var there = context.Looks.GetStatus(snapshot.Root.PhysicalPath, Snapshot.PathOf(entry));
        return there.IsFound ? !there.Identity.IsSame(entry.Identity) : there.Outcome == FileStatusOutcome.Missing;
    }

    /// <summary>Moves a known entry to the path. The entry that had the path was replaced, or has another name.</summary>
    /// <returns>The entry that has the path now.</returns>
    private SnapshotEntry MoveHere(
        Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry moved, SnapshotEntry? target)
    {
        var now = context.Time.GetUtcNow();
        if (target is not null && !moved.IsAnnounced && target.IsAnnounced)
        {
            // An unreported file replaced a known one: an atomic save.
            items.DeleteTree(snapshot, moved, Snapshot.PathOf(moved), context.OccurrenceOf(change, now), change);
            return target;
        }

        moves.MoveToPath(snapshot, change, status, moved, target, change.Path);
        return moved;
    }

    /// <summary>Examines the other names of a change after its own path is settled.</summary>
    public void Finish(Snapshot snapshot, PendingChange change)
    {
        if (change.From is { } from)
        {
            LookAtOldName(snapshot, from, change);
        }

        if (change is { IsOnBehalf: false, AlsoLook: { } names })
        {
            foreach (var name in names)
            {
                LookAtOldName(snapshot, name, change);
            }
        }
    }

    /// <summary>A change and everything that follows from it is settled: counts its hints and recycles it.</summary>
    public void Complete(PendingChange change)
    {
        context.Counters.Current.Settle(change);
        context.Progress.Settled(change);
        context.Debouncer.Recycle(change);
    }

    /// <summary>Examines a name from which an item was renamed. If an item is there, gives a hint; if none is there and one is known, it is deleted.</summary>
    private void LookAtOldName(Snapshot snapshot, string path, PendingChange change)
    {
        if (snapshot.IsLost)
        {
            return;
        }

        // Also when nothing is known there: a new item under the name may have been taken for the renamed one.
        var entry = snapshot.Find(path);
        var status = context.Looks.GetStatus(snapshot.Root.PhysicalPath, path);
        if (status.IsFound)
        {
            context.AddOwnHint(snapshot.Root, path, FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
            if (entry is { Type: ItemType.Directory } && snapshot.Root.Recursive)
            {
                // This directory was not renamed after all. Items missing from it were expected at the new name, so scan it.
                context.LookInto(snapshot, entry, DirectoryLook.Discover | DirectoryLook.Tree, change);
            }
        }
        else if (status.Outcome == FileStatusOutcome.Missing && entry is not null)
        {
            // Report the actor of the rename as the one who deleted the item, unless it is found elsewhere.
            var gone = context.OwnChange(snapshot.Root, path, PendingHints.Deleted, change);
            gone.Actors.Note(change.Actors.Latest);
            gone.IsOnBehalf = true;
            gone.AlsoLook = change.AlsoLook is null ? null : [.. change.AlsoLook];
            context.SettleNext(gone);
        }
    }
}
