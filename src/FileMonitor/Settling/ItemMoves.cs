using System.Globalization;
using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Gives a known item another place and tells it as renamed. Items that exchanged their names go by a name in between, so that whoever applies
/// events in order needs to know nothing about exchanges. Owner: the pump.
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
        uint hardLinks,
        PreviousState previous,
        PendingChange change,
        string? detail = null)
    {
        // First, because a host's view may throw: a move is never without its event.
        items.FlushBaseline(snapshot, moved, oldPath);
        snapshot.Apply(TreeDelta.Move(oldPath, path), moved);
        _hasMoved = true;
        if (moved.IsAnnounced)
        {
            context.Emit(change, snapshot, context.Events.Item(
                AuditEventKind.Renamed, snapshot, path, moved, occurrence, previous, oldPath: oldPath, hardLinks: hardLinks, detail: detail));
        }

        if (moved.Type == ItemType.Directory && snapshot.Root.Recursive)
        {
            movedDirectories.Add(snapshot.Root, oldPath, path, context.Debouncer.LastNumber);

            // Hints from around the rename may name the old place or be lost: what is inside is compared.
            context.LookInto(snapshot, moved, DirectoryLook.Discover | DirectoryLook.Tree, change);
        }
    }

    /// <summary>A known item has a path now, and what is known there is gone.</summary>
    public void MoveToPath(
        Snapshot snapshot, PendingChange change, FileStatus status, SnapshotEntry moved, SnapshotEntry? target, string path)
    {
        var now = context.Time.GetUtcNow();
        var previous = default(PreviousState);
        if (target is not null)
        {
            previous = previous with { Replaced = target.IsAnnounced ? target.Digest : null };

            // What may throw comes before anything is forgotten.
            items.FlushBaseline(snapshot, target, path);
            items.FlushBaseline(snapshot, moved, Snapshot.PathOf(moved));
            Replace(snapshot, target, change, now);
        }

        // By a link and the end of the other name, perhaps: who has it open writes under that one.
        var oldPath = Snapshot.PathOf(moved);
        goneNames.Add(snapshot.Root, oldPath, moved.Identity);
        Move(snapshot, moved, oldPath, path, context.OccurrenceOf(change, now), status.HardLinkCount, previous, change);

        // The rename is what changed the change time.
        snapshot.Apply(TreeDelta.Update(path) with { ChangeTicks = status.ChangeTicks }, moved);
        if (change.Path == path)
        {
            // That it appeared was the rename, and says nothing about what is in it.
            change.Kinds &= ~PendingHints.Created;
        }

        if (oldPath != change.From)
        {
            // No hint names the old place: something else may have it by now.
            context.AddOwnHint(snapshot.Root, oldPath, FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
        }
    }

    /// <summary>A file that is renamed over leaves no event of its own: the rename carries its checksum. A directory's contents do.</summary>
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

    /// <summary>An item gives its place free before it can be told where it is, as whoever exchanges names does it.</summary>
    /// <param name="snapshot">The snapshot of the root.</param>
    /// <param name="entry">The item.</param>
    /// <param name="leaving">Who leaves the place: the item, or the directory that it is in.</param>
    /// <param name="said">What is being settled about the place where the item is.</param>
    /// <param name="change">On whose behalf.</param>
    public void MoveToFreeName(Snapshot snapshot, SnapshotEntry entry, SnapshotEntry leaving, PendingChange? said, PendingChange change)
    {
        var oldPath = Snapshot.PathOf(entry);
        var real = RealFreeName(snapshot, leaving, said);
        var (parent, name) = real ?? (leaving.Parent!, MadeUpName(leaving.Parent!));
        Move(
            snapshot,
            entry,
            oldPath,
            PathText.Join(Snapshot.PathOf(parent), name),
            context.OccurrenceOf(said ?? change, context.Time.GetUtcNow()) with { Hints = 0 },
            hardLinks: 0,
            previous: default,
            said ?? change,
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

    /// <summary>A name that hints say was used on the way, and that nothing is known by.</summary>
    public static (SnapshotEntry Parent, string Name)? RealFreeName(Snapshot snapshot, SnapshotEntry leaving, PendingChange? said)
    {
        foreach (var used in said?.AlsoLook ?? [])
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

    /// <summary>Whether anything was renamed since this was asked last.</summary>
    public bool TakeHasMoved()
    {
        var hasMoved = _hasMoved;
        _hasMoved = false;
        return hasMoved;
    }
}
