using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Finds where everything is that a change may have to do with: which names are looked at, the cheapest first, as long as something is missed.
/// Owner: the pump.
/// </summary>
internal sealed class PlaceFinder(SettleContext context, PutOffs putOffs, HintIntake intake, MovedDirectories movedDirectories, LookBudget budget)
{
    // More is not remembered of what appeared: then it is found when directories are compared.
    private const int MostAppeared = 4096;

    // What it is worth to open the directories anew.
    private const int LooksPerEndTurn = 8;

    // Those that are pending and were looked at, by what they showed that is known by another name. May hold those that were settled since.
    private readonly Dictionary<FileIdentity, PendingChange>[] _appeared = [.. context.Snapshots.Select(static _ => new Dictionary<FileIdentity, PendingChange>())];

    // Those that showed nobody who is known: their names may have been hinted at in directories that have others by now, and new directories
    // may hold anybody. Each is searched once.
    private readonly Queue<PendingChange>[] _unclear = [.. context.Snapshots.Select(static _ => new Queue<PendingChange>())];

    public bool MayLook => budget.HasAny;

    /// <summary>Another change is settled: a little more may be spent on looks.</summary>
    public void Earn() => budget.Earn(context.Time.GetTimestamp());

    public PlaceSearch Search(Snapshot snapshot, PendingChange change, IReadOnlyList<PendingChange> waiting)
    {
        var isThorough = budget.IsAmple;
        if (isThorough)
        {
            // Directories that were opened before may have other names by now.
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
            // The disk may be ahead of the hints that were read.
            intake.Absorb();
        }

        Identify(snapshot);
        var seen = new HashSet<PendingChange>();
        do
        {
            AddThoseWhoKnow(snapshot, search, seen);
        }
        while (isThorough && search.IsMissing && search.HasRoom && (TryAddUnclear(snapshot, search, seen) || search.TryListMore()));

        if (isThorough && search.IsMissing && change.Kinds == PendingHints.Look)
        {
            search.ListAgain(PathText.DirectoryOf(change.Path).ToString());
        }

        return search;
    }

    /// <summary>
    /// Has those changes looked at that may say where somebody went who is missed: those that appeared or are put off and showed it, or something
    /// in it. Not all that are pending: in a storm they are many.
    /// </summary>
    private void AddThoseWhoKnow(Snapshot snapshot, PlaceSearch search, HashSet<PendingChange> seen)
    {
        while (search.HasRoom && search.TryTakeNewlyMissed(out var missed))
        {
            foreach (var by in ThoseWhoKnow(snapshot, missed))
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
        while (_unclear[snapshot.Root.Index].TryDequeue(out var unclear))
        {
            if (IsPending(unclear) && seen.Add(unclear))
            {
                search.Add(unclear);
                return true;
            }
        }

        return false;
    }

    private List<PendingChange> ThoseWhoKnow(Snapshot snapshot, SnapshotEntry missed)
    {
        List<PendingChange> known = [.. putOffs.PutOffFor(snapshot, missed).Select(static putOff => putOff.By)];
        var appeared = _appeared[snapshot.Root.Index];
        if (appeared.TryGetValue(missed.Identity with { Birth = 0 }, out var by) && IsPending(by))
        {
            known.Add(by);
        }

        if (missed.ChildCount > 0)
        {
            // What was taken out of a directory before that was deleted or replaced.
            known.AddRange(AppearedFrom(snapshot, missed).Where(IsPending));
        }

        return known;
    }

    /// <summary>Those who showed something that is known below a directory: from the shorter end, of which a part is enough in a storm.</summary>
    private IEnumerable<PendingChange> AppearedFrom(Snapshot snapshot, SnapshotEntry directory)
    {
        var appeared = _appeared[snapshot.Root.Index];
        return appeared.Count <= PutOffs.MostCompared
            ? appeared.Where(one => snapshot.FindAllByIdentity(one.Key).Any(known => ItemIdentity.IsInside(known, directory))).Select(static one => one.Value)
            : Snapshot.ChildrenFirst(directory).Take(PutOffs.MostCompared * 4).Where(entry => appeared.ContainsKey(entry.Identity with { Birth = 0 })).Select(entry => appeared[entry.Identity with { Birth = 0 }]);
    }

    /// <summary>
    /// Looks once at everything that appeared and is pending, and notes what of it is known by another name: only that can be who is missed.
    /// </summary>
    private void Identify(Snapshot snapshot)
    {
        var (appeared, unclear) = (_appeared[snapshot.Root.Index], _unclear[snapshot.Root.Index]);
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

    /// <returns>Whether it showed somebody who is known.</returns>
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
            _appeared[snapshot.Root.Index][status.Identity with { Birth = 0 }] = pending;
        }

        return true;
    }

    /// <summary>Whether a change that was noted is still pending, or another one has taken its place.</summary>
    private bool IsPending(PendingChange noted) => noted.Root is { } root && context.Debouncer.Peek(root, noted.Path) == noted;

    /// <summary>What is known at a place that somebody else has, or a directory above that is new, and is nowhere.</summary>
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

    /// <summary>Whether something that is pending may say that an item, which is gone from its place, is elsewhere.</summary>
    public bool MayBeElsewhere(Snapshot snapshot, SnapshotEntry entry)
    {
        Identify(snapshot);
        return (budget.IsAmple && (putOffs.Count(snapshot.Root) > 0 || _unclear[snapshot.Root.Index].Count > 0 || context.Debouncer.HasRenames(snapshot.Root)))
            || ThoseWhoKnow(snapshot, entry).Count > 0;
    }
}
