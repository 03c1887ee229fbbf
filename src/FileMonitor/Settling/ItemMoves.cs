using System.Globalization;
using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Moves a known item in the snapshot and emits Renamed. When items exchanged their names, one goes by a name in between, so that a consumer can
/// apply the events in order without knowing about exchanges. Owner: the pump.
/// </summary>
internal sealed class ItemMoves(SettleContext context, ItemChanges items, GoneNames goneNames, MovedDirectories movedDirectories)
{
    private long _exchanges;
    private bool _hasMoved;

    private void Move(
        Snapshot snapshot,
        SnapshotEntry moved,
        string oldPath,
        string path,
        Occurrence occurrence,
        FileStatus seen,
        PreviousState previous,
        PendingChange change,
        string? detail = null)
    {
        // First, because a host's view may throw, and a move must not be without its event.
        items.FlushBaseline(snapshot, moved, oldPath);
        var writers = moved.Type == ItemType.File ? context.AskWriters(snapshot, path) : FileWriters.Unknown;
        snapshot.Apply(TreeDelta.Move(oldPath, path), moved);
        _hasMoved = true;
        if (moved.IsAnnounced)
        {
            if (moved.Type == ItemType.File)
            {
                items.NoteTold(snapshot, path, moved, writers);
            }

            context.Emit(change, snapshot, context.Events.Item(
                AuditEventKind.Renamed,
                snapshot,
                path,
                moved,
                occurrence,
                previous,
                oldPath: oldPath,
                seen: seen,
                writers: writers,
                detail: detail));
        }

        if (moved.Type == ItemType.Directory && snapshot.Root.Recursive)
        {
            movedDirectories.Add(snapshot.Root, oldPath, path, context.Debouncer.LastNumber);

            // Hints from the time of the rename may name the old path or be lost: compare the directory.
            context.LookInto(snapshot, moved, DirectoryLook.Discover | DirectoryLook.Tree, change);
        }
    }

    /// <summary>Moves a known item to a path and removes the item that was known there.</summary>
    public void MoveToPath(
        Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry moved, SnapshotEntry? target, string path)
    {
        var now = context.Time.GetUtcNow();
        var previous = default(PreviousState);
        if (target is not null)
        {
            previous = previous with { Replaced = target.IsAnnounced ? target.Digest : null };

            if (ItemIdentity.IsInside(moved, target))
            {
                // What is left in the target is deleted with it.
                MoveToFreeName(snapshot, moved, target, change, change);
            }

            // Do what may throw before anything is removed.
            items.FlushBaseline(snapshot, target, path);
            items.FlushBaseline(snapshot, moved, Snapshot.PathOf(moved));
            Replace(snapshot, target, change, now);
        }

        // The rename may have been a link and a deletion of the old name. A process that has the file open writes under the old name.
        var oldPath = Snapshot.PathOf(moved);
        goneNames.Add(snapshot.Root, oldPath, moved.Identity);
        Move(snapshot, moved, oldPath, path, context.OccurrenceOf(change, now), status, previous, change);

        // The rename itself changed the change time. When extended attributes changed as well, no change time is known, so that they are read for their event.
        var extended = context.WithExtended(snapshot, path, status, moved).Extended;
        var isAsKnown = extended is null || moved.Attributes.Extended is null || extended == moved.Attributes.Extended;
        snapshot.Apply(TreeDelta.Update(path) with { ChangeTicks = isAsKnown ? status.ChangeTicks : 0 }, moved);
        if (change.Path == path)
        {
            // The Created hint is explained by the rename; it says nothing about the content.
            change.Kinds &= ~PendingHints.Created;
        }

        if (oldPath != change.From)
        {
            // No hint names the old path, and something else may have it by now.
            context.AddOwnHint(snapshot.Root, oldPath, FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
        }
    }

    /// <summary>
    /// Where names are compared without case: moves a known item to its name when that has another case on disk. Asked of the directory, because a
    /// look finds the item in any case.
    /// </summary>
    public void Respell(Snapshot snapshot, PendingChange change, in FileStatus status, SnapshotEntry entry)
    {
        if (!snapshot.IgnoresCase || entry.Parent is not { } parent || PathText.NameOf(change.Path).SequenceEqual(entry.Name))
        {
            return;
        }

        var (known, there) = (entry.Name, default(string));
        var directory = Snapshot.PathOf(parent);
        context.Looks.ListNumbers(snapshot.Root.PhysicalPath, directory, (name, _, _) => there = snapshot.NameComparer.Equals(name, known) ? name : there);
        if (there is not null && there != known)
        {
            MoveToPath(snapshot, change, status, entry, target: null, PathText.Join(directory, there));
        }
    }

    /// <summary>
    /// Removes the item that a rename replaced. A replaced file gets no event of its own: the Renamed event carries its checksum. The contents
    /// of a replaced directory get theirs.
    /// </summary>
    private void Replace(Snapshot snapshot, SnapshotEntry target, PendingChange change, DateTimeOffset now)
    {
        foreach (var entry in Snapshot.ChildrenFirst(target))
        {
            if (entry != target)
            {
                items.DeleteOne(snapshot, entry, Snapshot.PathOf(entry), context.OccurrenceOf(change, now).WithoutActor, change);
            }
        }

        items.Forget(snapshot, target, Snapshot.PathOf(target));
    }

    /// <summary>Moves an item out of the way to a free name, before its real place can be reported. This is how a program exchanges names, too.</summary>
    /// <param name="snapshot">The snapshot of the root.</param>
    /// <param name="entry">The item.</param>
    /// <param name="leaving">What leaves the place: the item, or the directory that it is in.</param>
    /// <param name="explaining">The change that is being settled for the place where the item is now; null when there is none.</param>
    /// <param name="change">The change for which this is done, when there is no other.</param>
    public void MoveToFreeName(Snapshot snapshot, SnapshotEntry entry, SnapshotEntry leaving, PendingChange? explaining, PendingChange change)
    {
        var oldPath = Snapshot.PathOf(entry);
        var real = RealFreeName(snapshot, leaving, explaining);
        var (parent, name) = real ?? (leaving.Parent!, MadeUpName(leaving.Parent!));
        Move(
            snapshot,
            entry,
            oldPath,
            PathText.Join(Snapshot.PathOf(parent), name),
            context.OccurrenceOf(explaining ?? change, context.Time.GetUtcNow()) with { Hints = 0 },
            seen: default,
            previous: default,
            explaining ?? change,
            real is not null ? null : "Names were exchanged. This one stands for the moment in between and was not on the disk.");
    }

    private string MadeUpName(SnapshotEntry directory)
    {
        string name;
        do
        {
            name = string.Create(CultureInfo.InvariantCulture, $".filemonitor-exchange-{++_exchanges}");
        }
        while (directory.FindChild(name) is not null);
        return name;
    }

    /// <summary>A name that the hints name as used in between and that is free in the snapshot; null when there is none.</summary>
    public static (SnapshotEntry Parent, string Name)? RealFreeName(Snapshot snapshot, SnapshotEntry leaving, PendingChange? explaining)
    {
        foreach (var used in explaining?.AlsoLook ?? [])
        {
            if (snapshot.Find(used) is null
                && snapshot.Find(PathText.DirectoryOf(used)) is { Type: ItemType.Directory } parent
                && parent != leaving
                && !ItemIdentity.IsInside(parent, leaving)
                && !snapshot.Root.Rules.IsIgnored(used, isDirectory: false)
                && (snapshot.Root.Recursive || parent.Parent is null))
            {
                return (parent, PathText.NameOf(used).ToString());
            }
        }

        return null;
    }

    /// <summary>Whether anything was renamed since the last call.</summary>
    public bool TakeHasMoved()
    {
        var hasMoved = _hasMoved;
        _hasMoved = false;
        return hasMoved;
    }
}
