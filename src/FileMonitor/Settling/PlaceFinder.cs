using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Finds the places on disk of all known items that a change may involve. Looks at names, the cheapest first, as long as an item is missing.
/// Owner: the pump.
/// </summary>
internal sealed class PlaceFinder(SettleContext context, PutOffs putOffs, HintIntake intake, MovedDirectories movedDirectories, LookBudget budget)
{
    // How many items that appeared are remembered. Items beyond that are found when directories are compared.
    private const int MostAppeared = 4096;

    // The cost of opening the directories again.
    private const int LooksPerEndTurn = 8;

    // Pending changes whose path shows an item known under another name, by its identity. May hold changes that were settled since.
    private readonly PerRoot<Dictionary<FileIdentity, PendingChange>> _appeared = new(static _ => []);

    // Pending changes whose path shows no known item. Their directory may have been renamed since, and new directories may hold any item. Each
    // is searched once.
    private readonly PerRoot<Queue<PendingChange>> _unclear = new(static _ => new());

    public bool MayLook => budget.HasAny;

    /// <summary>Adds to the budget of looks: another change is being settled.</summary>
    public void Earn() => budget.Earn(context.Time.GetTimestamp());

    /// <summary>The root is removed.</summary>
    public void Remove(MonitoredRoot root)
    {
        _appeared.Remove(root);
        _unclear.Remove(root);
    }

    public PlaceSearch Search(Snapshot snapshot, PendingChange change, IReadOnlyList<PendingChange> waiting)
    {
        var isThorough = budget.IsAmple;
        if (isThorough)
        {
            // Directories that were opened before may have been renamed.
            context.EndTurn();
            budget.Spend(LooksPerEndTurn);
        }

        var search = new PlaceSearch(snapshot, context.Looks, context.Debouncer, movedDirectories, budget);
        foreach (var one in waiting)
        {
            if (one.Root == snapshot.Root && search.HasRoom)
            {
                search.Add(one);
            }
        }

        if (!search.IsMissing)
        {
            return search;
        }

        if (isThorough)
        {
            // The disk may be ahead of the hints: take in those that have arrived.
            intake.Absorb();
        }

        Identify(snapshot);
        var seen = new HashSet<PendingChange>();
        do
        {
            AddChangesShowing(snapshot, search, seen);
        }
        while (isThorough && search.IsMissing && search.HasRoom && (TryAddUnclear(snapshot, search, seen) || search.TryListMore()));

        if (isThorough && search.IsMissing && change.Kinds == PendingHints.Look)
        {
            search.ListAgain(PathText.DirectoryOf(change.Path).ToString());
        }

        return search;
    }

    /// <summary>
    /// Looks at the changes that may show where a missing item went: changes that appeared or are put off and showed it, or an item below it.
    /// Not at all pending changes: in a storm there are many.
    /// </summary>
    private void AddChangesShowing(Snapshot snapshot, PlaceSearch search, HashSet<PendingChange> seen)
    {
        while (search.HasRoom && search.TryTakeNewlyMissed(out var missed))
        {
            foreach (var by in ChangesShowing(snapshot, missed))
            {
                if (seen.Add(by))
                {
                    search.Add(by);
                }
            }
        }
    }

    private bool TryAddUnclear(Snapshot snapshot, PlaceSearch search, HashSet<PendingChange> seen)
    {
        while (_unclear[snapshot.Root].TryDequeue(out var unclear))
        {
            if (IsPending(unclear) && seen.Add(unclear))
            {
                search.Add(unclear);
                return true;
            }
        }

        return false;
    }

    private List<PendingChange> ChangesShowing(Snapshot snapshot, SnapshotEntry missed)
    {
        List<PendingChange> known = [.. putOffs.PutOffFor(snapshot, missed).Select(static putOff => putOff.By)];
        var appeared = _appeared[snapshot.Root];
        if (appeared.TryGetValue(missed.Identity with { Birth = 0 }, out var by) && IsPending(by))
        {
            known.Add(by);
        }

        if (missed.ChildCount > 0)
        {
            // Items that were moved out of a directory before it was deleted or replaced.
            known.AddRange(AppearedFrom(snapshot, missed).Where(IsPending));
        }

        return known;
    }

    /// <summary>
    /// The changes that showed an item known below a directory. Goes through the shorter of the two collections, and in a storm only through a
    /// part of it.
    /// </summary>
    private IEnumerable<PendingChange> AppearedFrom(Snapshot snapshot, SnapshotEntry directory)
    {
        var appeared = _appeared[snapshot.Root];
        return appeared.Count <= PutOffs.MostCompared
            ? appeared.Where(one => snapshot.FindAllByIdentity(one.Key).Any(known => ItemIdentity.IsInside(known, directory))).Select(static one => one.Value)
            : Snapshot.ChildrenFirst(directory).Take(PutOffs.MostCompared * 4).Where(entry => appeared.ContainsKey(entry.Identity with { Birth = 0 })).Select(entry => appeared[entry.Identity with { Birth = 0 }]);
    }

    /// <summary>
    /// Looks once at each pending path that appeared, and notes those that show an item known under another name: only those can be the missing
    /// ones.
    /// </summary>
    private void Identify(Snapshot snapshot)
    {
        var (appeared, unclear) = (_appeared[snapshot.Root], _unclear[snapshot.Root]);
        if (context.Debouncer.Count == 0 || appeared.Count > MostAppeared)
        {
            appeared.Clear();
            unclear.Clear();
        }

        while (context.Debouncer.TryPeekUnidentified(snapshot.Root, out var pending))
        {
            Debouncer.MarkIdentified(pending);
            var isClear = Identify(snapshot, pending.Path, pending);
            foreach (var name in pending.AlsoLook ?? [])
            {
                isClear &= Identify(snapshot, name, pending);
            }

            if (!isClear)
            {
                if (unclear.Count == MostAppeared)
                {
                    unclear.Dequeue();
                }

                unclear.Enqueue(pending);
            }
        }
    }

    /// <returns>Whether it showed a known item.</returns>
    private bool Identify(Snapshot snapshot, string path, PendingChange pending)
    {
        var current = movedDirectories.Follow(snapshot.Root, path, pending.LastNumber);
        var status = context.Looks.GetStatus(snapshot.Root.PhysicalPath, current);
        if (!status.IsFound || snapshot.FindByIdentity(status.Identity) is null)
        {
            return false;
        }

        if (ItemIdentity.IsKnownElsewhere(snapshot, snapshot.Find(current), status))
        {
            _appeared[snapshot.Root][status.Identity with { Birth = 0 }] = pending;
        }

        return true;
    }

    /// <summary>Whether a change that was noted is still pending and was not reused.</summary>
    private bool IsPending(PendingChange noted) => noted.Root is { } root && context.Debouncer.Peek(root, noted.Path) == noted;

    /// <summary>An item that is known at a place which another item has now, or above it, and that was not found anywhere; null when there is none.</summary>
    public static SnapshotEntry? FindReplaced(Snapshot snapshot, PlaceSearch search)
    {
        foreach (var path in search.Moved)
        {
            for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
            {
                if (snapshot.Find(path.AsSpan(0, end)) is { } above && search.Missed.Contains(above))
                {
                    return above;
                }
            }

            if (ParentOf(snapshot, search, path)?.FindChild(PathText.NameOf(path)) is { } known && search.Missed.Contains(known))
            {
                return known;
            }
        }

        return null;
    }

    public static SnapshotEntry? ParentOf(Snapshot snapshot, PlaceSearch search, string path) =>
        PathText.DirectoryOf(path) is { IsEmpty: false } above ? search.At(above.ToString()) : snapshot.Top;

    /// <summary>Whether a pending change may show a missing item elsewhere.</summary>
    public bool MayBeElsewhere(Snapshot snapshot, SnapshotEntry entry)
    {
        Identify(snapshot);
        return (budget.IsAmple && (putOffs.Count(snapshot.Root) > 0 || _unclear[snapshot.Root].Count > 0 || context.Debouncer.HasRenames(snapshot.Root)))
            || ChangesShowing(snapshot, entry).Count > 0;
    }
}
