using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Handles reused names. Where a path shows another item than the known one, all items that may be involved are placed together: first their
/// places by identity, then the renames that lead there, in an order that can be replayed. Afterwards each name is settled alone: items not
/// found are deleted, unknown items are new, and content is compared with that of the same item. Owner: the pump.
/// </summary>
internal sealed class RenameRules(SettleContext context, PlaceFinder finder, PutOffs putOffs, ItemChanges items, ItemMoves moves)
{
    // The changes being settled, by path, while items are moved to their places.
    private readonly Dictionary<string, PendingChange> _placing = [];

    /// <summary>Emits the renames that lead from the snapshot to the disk, for all items that a change may involve.</summary>
    /// <returns>The pending changes that these renames belong to. Their items are at their places now; the caller settles them before this change.</returns>
    public List<PendingChange> PutInPlace(Snapshot snapshot, PendingChange change, List<PendingChange> waiting)
    {
        change.IsPlaced = true;
        var search = finder.Search(snapshot, change, waiting);
        var explaining = new List<PendingChange>();
        foreach (var path in search.Moved)
        {
            if (context.Debouncer.TryTake(snapshot.Root, path, out var pending))
            {
                explaining.Add(pending);
            }
        }

        if (PlaceFinder.FindReplaced(snapshot, search) is { } replaced && putOffs.TryPutOff(snapshot, change, replaced))
        {
            change.IsPlaced = false;
            change.FoundAt = [.. search.Moved];
            waiting.InsertRange(waiting.Count - 1, explaining);
            return [];
        }

        explaining.ForEach(static pending => pending.IsPlaced = true);
        waiting.InsertRange(waiting.Count - 1, explaining);
        _placing.Clear();
        foreach (var one in waiting.Where(one => one.Root == snapshot.Root))
        {
            _placing.TryAdd(one.Path, one);
        }

        foreach (var path in search.Moved.OrderBy(static path => path.AsSpan().Count('/')).ThenBy(static path => path, StringComparer.Ordinal))
        {
            Place(snapshot, search, path, change);
        }

        waiting.RemoveRange(waiting.Count - 1 - explaining.Count, explaining.Count);
        context.ForgetSeen();
        return explaining;
    }

    /// <summary>Moves a known item to its place, and first the items known there that have another place.</summary>
    private void Place(Snapshot snapshot, PlaceSearch search, string path, PendingChange change)
    {
        if (!MakeWayTo(snapshot, search, path, change) || snapshot.Find(path) == search.At(path))
        {
            return;
        }

        var (chain, isCircle) = ChainFrom(snapshot, search, path);
        var first = chain.Count - 1;
        if (isCircle)
        {
            // One of them goes by a name in between: if the hints name one, the item that used it.
            var aside = Math.Max(0, chain.FindIndex(place => snapshot.Find(place) is { } known && ItemMoves.RealFreeName(snapshot, known, ChangeOf(search.PlaceFound(known)!)) is not null));
            StepAside(snapshot, search, snapshot.Find(chain[aside])!, change);
            first = aside;
        }

        for (var step = 0; step < chain.Count; step++)
        {
            MoveToPlace(snapshot, search, chain[(first - step + chain.Count) % chain.Count], change);
        }
    }

    /// <summary>
    /// The chain of places, starting with a path: each is followed by the place of the item that is known there. Ends at a place that no other
    /// item needs.
    /// </summary>
    private static (List<string> Chain, bool IsCircle) ChainFrom(Snapshot snapshot, PlaceSearch search, string path)
    {
        var chain = new List<string> { path };
        var known = new HashSet<string> { path };
        while (snapshot.Find(chain[^1]) is { } other && search.PlaceFound(other) is { } next && IsReady(snapshot, search, next))
        {
            if (!known.Add(next))
            {
                return (chain, next == path);
            }

            chain.Add(next);
        }

        return (chain, false);
    }

    /// <summary>Whether the snapshot has the directories above a path as they are on disk.</summary>
    private static bool IsReady(Snapshot snapshot, PlaceSearch search, string path)
    {
        for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
        {
            if (snapshot.Find(path.AsSpan(0, end)) is not { Type: ItemType.Directory } directory || !directory.Identity.MayEqual(search.StatusAt(path[..end]).Identity))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Makes the directories above a path in the snapshot those that are on disk.</summary>
    private bool MakeWayTo(Snapshot snapshot, PlaceSearch search, string path, PendingChange change)
    {
        for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
        {
            var directory = path[..end];
            var status = search.StatusAt(directory);
            if (!status.IsFound || status.ItemType != ItemType.Directory)
            {
                return false;
            }

            var known = snapshot.Find(directory);
            if (known is not null && known.Type == ItemType.Directory && known.Identity.MayEqual(status.Identity))
            {
                continue;
            }

            if (search.At(directory) is not null)
            {
                // It should have been placed before, and could not be.
                return false;
            }

            var by = ChangeOf(directory) ?? change;
            if (known is not null && Leave(snapshot, search, known, by))
            {
                if (known.Type == ItemType.Directory)
                {
                    // Another directory under the same name, as after deleting and creating it again.
                    items.UpdateAttributes(snapshot, directory, known, status, by, context.Time.GetUtcNow());
                    context.LookInto(snapshot, known, DirectoryLook.Discover | DirectoryLook.Tree, by);
                    continue;
                }

                items.DeleteTree(snapshot, known, directory, context.OccurrenceOf(by, context.Time.GetUtcNow()), by);
            }

            var parent = snapshot.Find(PathText.DirectoryOf(directory))!;
            var made = snapshot.Apply(TreeDelta.Add(directory, context.WithExtended(snapshot, directory, status)), parent);
            items.AnnounceDirectory(snapshot, directory, made, context.OccurrenceOf(by, context.Time.GetUtcNow()), by);
        }

        return true;
    }

    /// <summary>Clears a place for another item: moves away the item known there, or the items below it that are elsewhere.</summary>
    /// <returns>Whether the item is still there, because it was not found elsewhere.</returns>
    private bool Leave(Snapshot snapshot, PlaceSearch search, SnapshotEntry entry, PendingChange change)
    {
        if (search.PlaceFound(entry) is not null)
        {
            StepAside(snapshot, search, entry, change);
            return false;
        }

        var open = new Stack<SnapshotEntry>(entry.ChildrenNow());
        while (open.TryPop(out var child))
        {
            if (search.PlaceFound(child) is not null)
            {
                moves.MoveToFreeName(snapshot, child, entry, ChangeOf(search.PlaceFound(child)!), change);
                continue;
            }

            Array.ForEach(child.ChildrenNow(), open.Push);
        }

        return true;
    }

    private void StepAside(Snapshot snapshot, PlaceSearch search, SnapshotEntry entry, PendingChange change) =>
        moves.MoveToFreeName(snapshot, entry, entry, ChangeOf(search.PlaceFound(entry)!), change);

    private void MoveToPlace(Snapshot snapshot, PlaceSearch search, string path, PendingChange change)
    {
        var entry = search.At(path)!;
        if (snapshot.Find(PathText.DirectoryOf(path)) is not { Type: ItemType.Directory } parent || entry.IsDetached || !ItemIdentity.CanMove(entry, parent))
        {
            // The disk changed during the search.
            return;
        }

        var target = parent.FindChild(PathText.NameOf(path));
        if (target == entry)
        {
            return;
        }

        var by = ChangeOf(path);
        if (target is not null)
        {
            if (!Leave(snapshot, search, target, by ?? change))
            {
                target = null;
            }
            else if (!entry.IsAnnounced && target.IsAnnounced)
            {
                // A file without an event yet replaced a reported one: an atomic save.
                return;
            }
        }

        moves.MoveToPath(snapshot, by ?? change, search.StatusAt(path), entry, target, path);
        if (by is null)
        {
            context.AddOwnHint(snapshot.Root, path, FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
        }
    }

    /// <summary>The change being settled for a path; null when there is none.</summary>
    private PendingChange? ChangeOf(string path) => _placing.GetValueOrDefault(path);
}
