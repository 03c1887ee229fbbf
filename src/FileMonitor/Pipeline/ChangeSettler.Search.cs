using FileMonitor.Reconciliation;

namespace FileMonitor.Pipeline;

// Where everything is that a change may have to do with: which names are looked at, the cheapest first, as long as something is missed.
internal sealed partial class ChangeSettler
{
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

        // As long as something is missed, the cheapest place where it may be.
        var seen = new HashSet<PendingChange>();
        while (search.IsMissing && FindToSee(snapshot, search, seen) is { } other)
        {
            seen.Add(other);
            Debouncer.MarkIdentified(other);
            search.Add(other);
        }

        while (search.IsMissing && search.TryListMore())
        {
        }

        if (search.IsMissing && change.Kinds == PendingHints.Look)
        {
            search.ListAgain(PathText.DirectoryOf(change.Path).ToString());
        }

        return search;
    }

    /// <summary>
    /// The next change that may say where something went that is missed: one that is put off and showed it, or something in it; one that
    /// appeared and was not looked at; one that says that something was renamed away from below it.
    /// </summary>
    private PendingChange? FindToSee(Snapshot snapshot, PlaceSearch search, HashSet<PendingChange> seen)
    {
        // Not all that are put off: in a storm they are many.
        foreach (var missed in search.Missed)
        {
            if (FindPutOffFor(snapshot, missed) is { } putOff && !seen.Contains(putOff.By))
            {
                return putOff.By;
            }
        }

        if (debouncer.TryPeekUnidentified(snapshot.Root, out var appeared))
        {
            return appeared;
        }

        foreach (var missed in search.Missed)
        {
            if (missed.ChildCount > 0 && debouncer.RenamesFromBelow(snapshot.Root, Snapshot.PathOf(missed)).Find(rename => !seen.Contains(rename)) is { } rename)
            {
                return rename;
            }
        }

        return null;
    }

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
