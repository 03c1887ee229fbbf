using FileMonitor.Reconciliation;

namespace FileMonitor.Pipeline;

// Where everything is that a change may have to do with: which names are looked at, the cheapest first, as long as something is missed.
internal sealed partial class ChangeSettler
{
    // More is not remembered of what appeared: then it is found when directories are compared.
    private const int MostAppeared = 4096;

    // Those that are pending and were looked at, by what they showed that is known by another name. May hold those that were settled since.
    private readonly Dictionary<FileIdentity, PendingChange>[] _appeared = [.. snapshots.Select(static _ => new Dictionary<FileIdentity, PendingChange>())];
    private readonly HashSet<PendingChange>[] _newDirectories = [.. snapshots.Select(static _ => new HashSet<PendingChange>())];

    private PlaceSearch SearchPlaces(Snapshot snapshot, PendingChange change)
    {
        var search = new PlaceSearch(snapshot, _looks, debouncer, _movedDirectories);
        foreach (var waiting in _waiting.Where(waiting => waiting.Root == snapshot.Root))
        {
            search.Add(waiting);
        }

        if (search.IsMissing)
        {
            // The disk may be ahead of the hints that were read.
            reports.Absorb();
        }

        Identify(snapshot);
        var seen = new HashSet<PendingChange>();
        AddThoseWhoKnow(snapshot, search, seen);
        if (search.IsMissing)
        {
            // And in what is new: it may be of any size.
            foreach (var directory in _newDirectories[snapshot.Root.Index].Where(directory => IsPending(directory) && seen.Add(directory)).Take(16).ToList())
            {
                search.Add(directory);
            }

            do
            {
                AddThoseWhoKnow(snapshot, search, seen);
            }
            while (search.IsMissing && search.TryListMore());
        }

        if (search.IsMissing && change.Kinds == PendingHints.Look)
        {
            search.ListAgain(PathText.DirectoryOf(change.Path).ToString());
        }

        return search;
    }

    /// <summary>
    /// Has those changes looked at that may say where somebody went who is missed: those that appeared or are put off and showed it, or something
    /// in it, and those that say that something was renamed away from below it. Not all that are pending: in a storm they are many.
    /// </summary>
    private void AddThoseWhoKnow(Snapshot snapshot, PlaceSearch search, HashSet<PendingChange> seen)
    {
        while (search.TryTakeNewlyMissed(out var missed))
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

    private List<PendingChange> ThoseWhoKnow(Snapshot snapshot, SnapshotEntry missed)
    {
        List<PendingChange> known = [.. PutOffFor(snapshot, missed).Select(static putOff => putOff.By)];
        if (_appeared[snapshot.Root.Index].TryGetValue(missed.Identity with { Birth = 0 }, out var appeared) && IsPending(appeared))
        {
            known.Add(appeared);
        }

        if (missed.ChildCount > 0)
        {
            known.AddRange(debouncer.RenamesFromBelow(snapshot.Root, Snapshot.PathOf(missed)));
        }

        return known;
    }

    /// <summary>
    /// Looks once at everything that appeared and is pending, and notes what of it is known by another name: only that can be who is missed.
    /// </summary>
    private void Identify(Snapshot snapshot)
    {
        var (appeared, directories) = (_appeared[snapshot.Root.Index], _newDirectories[snapshot.Root.Index]);
        while (debouncer.TryPeekUnidentified(snapshot.Root, out var pending))
        {
            Debouncer.MarkIdentified(pending);
            Identify(snapshot, pending.Path, pending);
            pending.AlsoLook?.ForEach(name => Identify(snapshot, name, pending));
        }

        if (debouncer.Count == 0 || appeared.Count + directories.Count > MostAppeared)
        {
            appeared.Clear();
            directories.Clear();
        }
    }

    private void Identify(Snapshot snapshot, string path, PendingChange pending)
    {
        var status = _looks.GetStatus(snapshot.Root.PhysicalPath, path);
        if (IsKnownElsewhere(snapshot, snapshot.Find(path), status))
        {
            _appeared[snapshot.Root.Index][status.Identity with { Birth = 0 }] = pending;
        }
        else if (status is { IsFound: true, ItemType: ItemType.Directory } && snapshot.Find(path) is null)
        {
            _newDirectories[snapshot.Root.Index].Add(pending);
        }
    }

    /// <summary>Whether a change that was noted is still pending, or another one has taken its place.</summary>
    private bool IsPending(PendingChange noted) => noted.Root is { } root && debouncer.Peek(root, noted.Path) == noted;

    /// <summary>What is known at a place that somebody else has, or a directory above that is new, and is nowhere.</summary>
    private static SnapshotEntry? FindReplaced(Snapshot snapshot, PlaceSearch search)
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
}
