using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>Compares the listings of directories with the snapshot and has the differences settled. Owner: the pump.</summary>
internal sealed class ListingComparison(SettleContext context, ChangeOrder order, RootPresence roots, Coverage coverage, GapTracker gaps)
{
    // How many items are compared before other work gets its turn.
    private const int MaxListingsPerTurn = 32;

    private (Listing Listing, IEnumerator<(string Path, FileStatus Status)> Discrepancies)? _comparing;

    /// <summary>Whether no comparison is under way.</summary>
    public bool IsIdle => _comparing is null;

    /// <summary>Compares the next listings.</summary>
    /// <returns>Whether a comparison ended; changes that follow from it may be due at once.</returns>
    public bool CompareSome()
    {
        var compared = 0;
        while (compared < MaxListingsPerTurn && CompareNext())
        {
            compared++;
        }

        return compared > 0;
    }

    /// <summary>The stop ran out of time: gives up the directories that are not compared.</summary>
    /// <returns>How many.</returns>
    public int Abandon()
    {
        _comparing = null;
        return context.Reconciler.Abandon();
    }

    private bool CompareNext()
    {
        var isNew = _comparing is null;
        if (isNew)
        {
            if (!context.Reconciler.TryTakeListing(out var listing))
            {
                return false;
            }

            _comparing = (listing, listing.Discrepancies(isComplete: listing.Outcome == FileStatusOutcome.Found).GetEnumerator());
        }

        var (current, discrepancies) = _comparing!.Value;
        try
        {
            if (isNew)
            {
                NoteOutcome(current);
            }

            if (!Compare(current, discrepancies))
            {
                return false;
            }
        }
        catch (Exception defect) when (!context.IsGivenUp(defect))
        {
            coverage.ReportDefect(change: null, current.Snapshot, defect);
        }

        _comparing = null;
        current.Snapshot.NoteCompared(current.Directory);
        context.Reconciler.Done(current);
        return true;
    }

    private void NoteOutcome(Listing listing)
    {
        if (listing.Outcome != FileStatusOutcome.Found)
        {
            ListingFailed(listing);
        }
        else if (listing.Obstacle is { } obstacle)
        {
            coverage.ReportInaccessible(listing.Snapshot, listing.Directory, obstacle);
        }
        else
        {
            coverage.Cover(listing.Snapshot, listing.Directory);
        }

        gaps.EmitOpened();
    }

    /// <summary>
    /// Compares a listing with the snapshot. New subdirectories are settled at once, because they have to be listed in turn. Everything else
    /// becomes a hint, so that a file still being written is debounced like any other. Stops while the debouncer or the stream is full.
    /// </summary>
    /// <returns>Whether the comparison is finished.</returns>
    private bool Compare(Listing listing, IEnumerator<(string Path, FileStatus Status)> discrepancies)
    {
        var snapshot = listing.Snapshot;
        while (!context.Debouncer.IsFull && context.Outbox.IsEmpty && !listing.Directory.IsDetached && !snapshot.IsLost)
        {
            if (!discrepancies.MoveNext())
            {
                ContinueBelow(listing);
                return true;
            }

            context.Reconciler.NoteDiscrepancy(listing);
            var (path, status) = discrepancies.Current;
            Compare(listing, path, status);
        }

        return listing.Directory.IsDetached || snapshot.IsLost;
    }

    private void Compare(Listing listing, string path, FileStatus status)
    {
        var snapshot = listing.Snapshot;
        var known = snapshot.Find(path);
        if (ItemIdentity.IsKnownElsewhere(snapshot, known, status) || (known is null && status.ItemType == ItemType.Directory))
        {
            // Settle at once: a new directory, or an item known under another name, is not in the middle of a write.
            context.AddOwnHint(snapshot.Root, path, FileChangeKind.Look, listing.Origin, context.IsAwaited(listing), SettleContext.IsHealing(listing));
            context.Debouncer.TryTake(snapshot.Root, path, out var found);
            context.BeginComparing(listing, found!);
            order.Settle(found!);
            context.EndComparing();
        }
        else if (known is not null && listing.IsOfWholeTree && (!status.IsFound || ItemIdentity.IsMissed(known, status)))
        {
            context.Reconciler.NoteMissing(listing, known);
        }
        else
        {
            var isFinished = known is null && listing.Finished?.Contains(PathText.NameOf(path).ToString()) == true;
            var isRead = known is not null && listing.MustRead(known);
            context.AddOwnHint(
                snapshot.Root, path, known is null ? FileChangeKind.Created : isRead ? FileChangeKind.Modified : FileChangeKind.Look, listing.Origin, context.IsAwaited(listing), SettleContext.IsHealing(listing), isFinished);
        }
    }

    /// <summary>Looks again at items that were missing in a finished comparison and were not found elsewhere.</summary>
    public void LookForMissing()
    {
        foreach (var snapshot in context.Snapshots.All)
        {
            while (!context.Debouncer.IsFull && context.Reconciler.TryTakeMissing(snapshot.Root, out var missing))
            {
                if (!missing.Entry.IsDetached)
                {
                    context.AddOwnHint(
                        snapshot.Root, Snapshot.PathOf(missing.Entry), FileChangeKind.Look, missing.Origin, missing.IsHealing && context.Progress.AwaitedTicket >= 0, missing.IsHealing);
                }
            }
        }
    }

    /// <summary>The directory could not be listed. A missing one is looked at like any path; an unreadable one is reported.</summary>
    private void ListingFailed(Listing listing)
    {
        if (!roots.IsIntact(listing.Snapshot))
        {
            return;
        }

        if (listing.Outcome == FileStatusOutcome.Missing && listing.Path.Length > 0)
        {
            context.AddOwnHint(listing.Snapshot.Root, listing.Path, FileChangeKind.Look, listing.Origin, context.IsAwaited(listing), SettleContext.IsHealing(listing));
        }
        else
        {
            coverage.ReportInaccessible(listing.Snapshot, listing.Directory, listing.Outcome);
        }
    }

    private void ContinueBelow(Listing listing)
    {
        if (!listing.Look.HasFlag(DirectoryLook.Tree) || !listing.Snapshot.Root.EntersBelow(listing.Path))
        {
            return;
        }

        var isAwaited = context.IsAwaited(listing);
        context.Reconciler.Comparing = listing;
        foreach (var child in listing.KnownSubdirectories())
        {
            context.Reconciler.Request(listing.Snapshot, child, listing.Look);
        }

        context.Reconciler.Comparing = null;
        context.Progress.Extend(isAwaited, context.Reconciler.LatestTicket);
    }
}
