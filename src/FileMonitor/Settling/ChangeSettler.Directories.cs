using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Scanning;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

// Directories: made, deleted with all that is in them, looked into; and what was there at start.
internal sealed partial class ChangeSettler
{
    // Set while directories that a listing brought to light are announced.
    private Listing? _comparing;
    private PendingChange? _comparingFor;

    /// <summary>
    /// Compares a directory that was read with the snapshot: subdirectories at once, because they in turn must be looked into; anything
    /// else as a hint, so that a file still being written is debounced like any other. Stops while the debouncer or the stream is full.
    /// </summary>
    /// <returns>Whether the enumerator is at its end.</returns>
    public bool Compare(Listing listing, IEnumerator<(string Path, FileStatus Status)> discrepancies)
    {
        var snapshot = listing.Snapshot;
        while (!debouncer.IsFull && outbox.IsEmpty && !listing.Directory.IsDetached && !snapshot.IsLost)
        {
            if (!discrepancies.MoveNext())
            {
                ContinueBelow(listing);
                return true;
            }

            reconciler.NoteDiscrepancy(listing);
            var (path, status) = discrepancies.Current;
            Compare(listing, path, status);
        }

        return listing.Directory.IsDetached || snapshot.IsLost;
    }

    private void Compare(Listing listing, string path, FileStatus status)
    {
        var snapshot = listing.Snapshot;
        var known = snapshot.Find(path);
        if (IsKnownElsewhere(snapshot, known, status) || (known is null && status.ItemType == ItemType.Directory))
        {
            // A directory is complete when it is made, and an item that is known by another name is complete, too: neither waits until it is quiet.
            AddOwnHint(snapshot.Root, path, FileChangeKind.Look, listing.Origin, IsAwaited(listing), IsHealing(listing));
            debouncer.TryTake(snapshot.Root, path, out var found);
            (_comparing, reconciler.Comparing, _comparingFor) = (listing, listing, found);
            Settle(found!);
            (_comparing, reconciler.Comparing, _comparingFor) = (null, null, null);
        }
        else if (known is not null && listing.IsOfWholeTree && (!status.IsFound || IsMissed(known, status)))
        {
            reconciler.NoteMissing(listing, known);
        }
        else
        {
            AddOwnHint(snapshot.Root, path, known is null ? FileChangeKind.Created : FileChangeKind.Look, listing.Origin, IsAwaited(listing), IsHealing(listing));
        }
    }

    /// <summary>Comparisons of whole trees are through: what was missing, and was not recognised elsewhere meanwhile, is looked at once more.</summary>
    public void LookForMissing()
    {
        foreach (var snapshot in snapshots)
        {
            while (!debouncer.IsFull && reconciler.TryTakeMissing(snapshot.Root, out var missing))
            {
                if (!missing.Entry.IsDetached)
                {
                    AddOwnHint(
                        snapshot.Root, Snapshot.PathOf(missing.Entry), FileChangeKind.Look, missing.Origin, missing.IsHealing && _progress.AwaitedTicket >= 0, missing.IsHealing);
                }
            }
        }
    }

    /// <summary>The listing could not be made. A directory that is gone is looked at like any name; one that is closed to us is reported.</summary>
    public void ListingFailed(Listing listing)
    {
        if (!IsIntact(listing.Snapshot))
        {
            return;
        }

        if (listing.Outcome == FileStatusOutcome.Missing && listing.Path.Length > 0)
        {
            AddOwnHint(listing.Snapshot.Root, listing.Path, FileChangeKind.Look, listing.Origin, IsAwaited(listing), IsHealing(listing));
        }
        else
        {
            ReportInaccessible(listing.Snapshot, listing.Directory, listing.Outcome);
        }
    }

    private void ContinueBelow(Listing listing)
    {
        if (!listing.Look.HasFlag(DirectoryLook.Tree) || !listing.Snapshot.Root.Recursive)
        {
            return;
        }

        var isAwaited = IsAwaited(listing);
        reconciler.Comparing = listing;
        foreach (var child in listing.KnownSubdirectories())
        {
            reconciler.Request(listing.Snapshot, child, listing.Look);
        }

        reconciler.Comparing = null;
        _progress.Extend(isAwaited, reconciler.LatestTicket);
    }

    private bool IsAwaited(Listing listing) => listing.Ticket <= _progress.AwaitedTicket;

    // What a source compares because it cannot watch belongs to the gap that says so.
    private static bool IsHealing(Listing listing) => (listing.Look & (DirectoryLook.Reconcile | DirectoryLook.Compare)) != 0;

    /// <summary>Has a directory looked into because of a change, or because of what the listing showed that is being compared.</summary>
    private void LookInto(Snapshot snapshot, SnapshotEntry directory, DirectoryLook look, PendingChange? change)
    {
        if (_comparing is { } listing && change == _comparingFor)
        {
            // What comes to light by a comparison belongs to it, with everything below.
            look = (listing.Look & ~DirectoryLook.Tree) | (look & DirectoryLook.Tree);
        }
        else if (change is { Healing: > 0 })
        {
            look |= DirectoryLook.Reconcile;
        }

        reconciler.Request(snapshot, directory, look);
        _progress.Extend(change is { Awaited: > 0 }, reconciler.LatestTicket);
    }

    /// <summary>Says that an item was there at start, with its checksum when that was asked for.</summary>
    public void ReportBaseline(Snapshot snapshot, SnapshotEntry entry)
    {
        if (entry.IsDetached || _working.ContainsKey(entry))
        {
            // Gone, which was said already, or being read for a change, before which the baseline is said.
            return;
        }

        if (rules.BaselineChecksums && entry.Type == ItemType.File && entry.Size <= rules.MaxFileBytes && entry.ChecksumStatus == ChecksumStatus.NotComputed)
        {
            StartWork(snapshot, change: null, entry, Snapshot.PathOf(entry), entry.Identity, entry.Size, time.GetUtcNow());
            return;
        }

        if (!rules.ReportBaseline)
        {
            NoteWhyNotRead(entry);
        }

        FlushBaseline(snapshot, entry, Snapshot.PathOf(entry));
    }

    private void ApplyBaseline(Snapshot snapshot, SnapshotEntry entry, string path, HashResult result)
    {
        // Only a checksum of the state that was found at start belongs to the baseline; a file that changed since has a hint on its way.
        var isLearnt = result.Status != ChecksumStatus.Computed || (entry.IsSameState(result.File) && entry.HasSameChangeTime(result.File));
        if (isLearnt)
        {
            entry.SetChecksum(result.Status, result.Digest);
        }
        else if (!entry.Identity.MayEqual(result.File.Identity))
        {
            NoteUnread(snapshot, entry, path);
        }

        if (isLearnt && rules.ReportBaseline && !entry.IsBaselineDue)
        {
            // It had to be said before it was read, because something happened to it: the checksum follows.
            var occurrence = Occurrence.Now(AuditEventOrigin.Baseline, time.GetUtcNow());
            outbox.Add(events.Item(AuditEventKind.ChecksumUpdated, snapshot, path, entry, occurrence, detail: result.Detail));
        }

        FlushBaseline(snapshot, entry, path);
    }

    private void NoteWhyNotRead(SnapshotEntry entry)
    {
        if (entry.ChecksumStatus == ChecksumStatus.NotComputed && StatusOf(entry) is var known && !NeedsReading(known))
        {
            entry.SetChecksum(StatusWithoutReading(known));
        }
    }

    /// <summary>Says what was there at start before anything else is said about it.</summary>
    private void FlushBaseline(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        if (entry.IsBaselineDue)
        {
            NoteWhyNotRead(entry);

            // A host's view may throw: then it is due still.
            var target = TargetAsKnown(snapshot, path, entry);
            entry.IsBaselineDue = false;
            if (entry.Type != ItemType.Directory || rules.ReportDirectories)
            {
                outbox.Add(events.Item(
                    AuditEventKind.Baseline,
                    snapshot,
                    path,
                    entry,
                    Occurrence.Now(AuditEventOrigin.Baseline, time.GetUtcNow()),
                    linkTarget: target));
            }
        }
    }

    /// <summary>Where a link points, unless it is another one by now.</summary>
    private string? TargetAsKnown(Snapshot snapshot, string path, SnapshotEntry entry) =>
        entry.Type == ItemType.SymbolicLink
        && files.GetLinkTarget(snapshot.Root.PhysicalPath, path, out var link) is { } target
        && entry.IsSameState(link) ? target : null;

    private void AnnounceDirectory(Snapshot snapshot, string path, SnapshotEntry entry, Occurrence occurrence, PendingChange change)
    {
        entry.IsAnnounced = true;
        if (snapshot.Root.Recursive)
        {
            // No source names what was in it before it was watched.
            LookInto(snapshot, entry, DirectoryLook.Discover, change);
        }

        if (rules.ReportDirectories)
        {
            Emit(change, snapshot, events.Item(AuditEventKind.Created, snapshot, path, entry, occurrence));
        }

        ReportUnwatchable(snapshot, entry);
    }

    /// <summary>Everything known at and below an entry is gone: one event each, children before their directory.</summary>
    private void DeleteTree(Snapshot snapshot, SnapshotEntry top, string path, Occurrence occurrence, PendingChange? change)
    {
        foreach (var entry in Snapshot.ChildrenFirst(top))
        {
            var itemPath = entry == top ? path : Snapshot.PathOf(entry);
            DeleteOne(snapshot, entry, itemPath, entry == top ? occurrence : occurrence.WithoutActor with { Hints = 0 }, change);
            if (outbox.HasMany)
            {
                reports.MakeRoom();
            }
        }
    }

    private void DeleteOne(Snapshot snapshot, SnapshotEntry entry, string path, Occurrence occurrence, PendingChange? change)
    {
        FlushBaseline(snapshot, entry, path);
        ForgetByName(snapshot, entry, path);
        if (!entry.IsAnnounced)
        {
            ReportTransient(snapshot, path, occurrence, change);
        }
        else if (entry.Type != ItemType.Directory || rules.ReportDirectories)
        {
            Emit(change, snapshot, events.Item(AuditEventKind.Deleted, snapshot, path, entry, occurrence));
        }
    }

    /// <summary>A file came and went before anyone heard of it: counted, and reported when that was asked for.</summary>
    private void ReportTransient(Snapshot snapshot, string path, Occurrence occurrence, PendingChange? change)
    {
        change?.WasTransient = true;
        if (rules.ReportTransients)
        {
            Emit(change, snapshot, events.Transient(AuditEventKind.Created, snapshot, path, occurrence));
            Emit(change, snapshot, events.Transient(AuditEventKind.Deleted, snapshot, path, occurrence with { Hints = 0 }));
        }
    }

    private void Forget(Snapshot snapshot, SnapshotEntry entry)
    {
        snapshot.Remove(entry);
        _retryDelays.Remove(entry);
    }
}
