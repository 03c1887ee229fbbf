using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Names that are used again. Where a name shows another item than the one that is known by it, everything that may have to do with it is
/// judged together: who is where, by identity, then the renames that lead there, in an order that can be replayed. Only then is what remains
/// judged name by name: what was not found is gone, who was not known is new, and content is compared with that of the same item. Owner: the pump.
/// </summary>
internal sealed class RenameRules(SettleContext context, PlaceFinder finder, PutOffs putOffs, ItemChanges items, ItemMoves moves)
{
    // What is being settled, by its path, while items get their places.
    private readonly Dictionary<string, PendingChange> _placing = [];

    /// <summary>Tells the renames that lead from what is known to what is there, of everything that may have to do with a change.</summary>
    /// <returns>The changes that said so, to be settled before it; they are at their places now.</returns>
    public List<PendingChange> PutInPlace(Snapshot snapshot, PendingChange change, List<PendingChange> waiting)
    {
        change.IsPlaced = true;
        var search = finder.Search(snapshot, change, waiting);
        var said = new List<PendingChange>();
        foreach (var path in search.Moved)
        {
            if (context.Debouncer.TryTake(snapshot.Root, path, out var pending))
            {
                said.Add(pending);
            }
        }

        if (PlaceFinder.FindReplaced(snapshot, search) is { } replaced && putOffs.TryPutOff(snapshot, change, replaced))
        {
            change.IsPlaced = false;
            change.FoundAt = [.. search.Moved];
            waiting.InsertRange(waiting.Count - 1, said);
            return [];
        }

        said.ForEach(static pending => pending.IsPlaced = true);
        waiting.InsertRange(waiting.Count - 1, said);
        _placing.Clear();
        foreach (var one in waiting.Where(one => one.Root == snapshot.Root))
        {
            _placing.TryAdd(one.Path, one);
        }

        foreach (var path in search.Moved.OrderBy(static path => path.AsSpan().Count('/')).ThenBy(static path => path, StringComparer.Ordinal))
        {
            Place(snapshot, search, path, change);
        }

        waiting.RemoveRange(waiting.Count - 1 - said.Count, said.Count);
        context.ForgetSeen();
        return said;
    }

    /// <summary>Gives a known item the place that it has, and before it those who are known there, as far as they have another one.</summary>
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
            // One of them goes by a name in between: the one that hints say did, if they do.
            var aside = Math.Max(0, chain.FindIndex(place => snapshot.Find(place) is { } known && ItemMoves.RealFreeName(snapshot, known, ChangeOf(search.PlaceFound(known)!)) is not null));
            StepAside(snapshot, search, snapshot.Find(chain[aside])!, change);
            first = aside;
        }

        for (var step = 0; step < chain.Count; step++)
        {
            MoveToPlace(snapshot, search, chain[(first - step + chain.Count) % chain.Count], change);
        }
    }

    /// <summary>The places from one to the first that nobody needs to leave for another one, each with the place of who is known there after it.</summary>
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

    /// <summary>Whether each directory above a path is the one that is there.</summary>
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

    /// <summary>Sees to it that the directories above a path are those that are there, and are known.</summary>
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
                // Its turn was before, and something kept it away.
                return false;
            }

            var by = ChangeOf(directory) ?? change;
            if (known is not null && Leave(snapshot, search, known, by))
            {
                if (known.Type == ItemType.Directory)
                {
                    // Another one under the same name, as when it was deleted and made again.
                    items.UpdateAttributes(snapshot, directory, known, status, known.HasSameAttributes(status), by, context.Time.GetUtcNow());
                    context.LookInto(snapshot, known, DirectoryLook.Discover | DirectoryLook.Tree, by);
                    continue;
                }

                items.DeleteTree(snapshot, known, directory, context.OccurrenceOf(by, context.Time.GetUtcNow()), by);
            }

            var parent = snapshot.Find(PathText.DirectoryOf(directory))!;
            var made = snapshot.Apply(TreeDelta.Add(directory, status), parent);
            items.AnnounceDirectory(snapshot, directory, made, context.OccurrenceOf(by, context.Time.GetUtcNow()), by);
        }

        return true;
    }

    /// <summary>Who is known at a place of somebody else leaves it, or what of it is elsewhere does.</summary>
    /// <returns>Whether it is still there, because it is nowhere else.</returns>
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
            // The disk changed while it was looked at.
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
                // A file that nobody has heard of yet replaced one that is known: an atomic save.
                return;
            }
        }

        moves.MoveToPath(snapshot, by ?? change, search.StatusAt(path), entry, target, path);
        if (by is null)
        {
            context.AddOwnHint(snapshot.Root, path, FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
        }
    }

    /// <summary>What is being settled about a path.</summary>
    private PendingChange? ChangeOf(string path) => _placing.GetValueOrDefault(path);
}
