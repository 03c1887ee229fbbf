using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Decides what must be settled before a change. The classifier compares the disk with what the snapshot holds under the same name. That
/// comparison is only valid when earlier changes of the directories above, and of the item known by that name, are settled. Owner: the pump.
/// </summary>
internal sealed class ChangeOrder(
    SettleContext context, ChangeClassifier classifier, RenameRules renames, PlaceFinder finder, PutOffs putOffs, ContentResults results, Coverage coverage)
{
    private const int MaxLooksAbove = 3;

    // Changes that wait for an earlier change; the one to settle next is last. A list instead of recursion: names can be reused in chains of any
    // length.
    private readonly List<PendingChange> _waiting = [];

    /// <summary>
    /// Settles a change, and first everything that happened before it. Its hints are counted once everything that follows from it is settled.
    /// </summary>
    public void Settle(PendingChange change)
    {
        _waiting.Add(change);
        SettleWaiting(_waiting.Count - 1);
    }

    /// <summary>Applies the result of reading a file: emits the event and settles the changes that waited for the result.</summary>
    public void Apply(HashWork work, HashResult result)
    {
        try
        {
            if (results.Apply(work, result) is { } settled)
            {
                classifier.Finish(work.Snapshot, settled);
                classifier.Complete(settled);
            }
        }
        catch (Exception defect) when (!context.IsGivenUp(defect))
        {
            coverage.ReportDefect(work.Pending, work.Snapshot, defect);
        }

        SettleThoseNext();
        if (ContentResults.TakeParked(work) is { } parked)
        {
            Settle(parked);
        }

        results.RetryOwed(work);
    }

    /// <summary>Settles the changes that were put off and are due; all of them when nothing pending can still explain where their files went.</summary>
    /// <returns>Whether there were any; changes that follow from them may be due at once.</returns>
    public bool SettlePutOff(long now, bool all)
    {
        var any = false;
        foreach (var snapshot in context.Snapshots.All)
        {
            // Stop at the count from before the loop: settling one change may put off another.
            for (var left = putOffs.Count(snapshot.Root); left > 0 && context.Outbox.IsEmpty && putOffs.TryTakeDue(snapshot, now, all, out var changes); left--)
            {
                any = true;
                _waiting.AddRange(changes);
                SettleWaiting(_waiting.Count - changes.Count);
            }
        }

        return any;
    }

    /// <summary>The root is removed.</summary>
    public void Remove(MonitoredRoot root) => finder.Remove(root);

    /// <summary>Settles the waiting changes above a depth. Settling one may add others; each call removes exactly what it started with.</summary>
    private void SettleWaiting(int depth)
    {
        while (_waiting.Count > depth)
        {
            var next = _waiting[^1];
            if (SettleAlone(next, out var isDone) is { } earlier)
            {
                _waiting.Add(earlier);
                continue;
            }

            var putOff = putOffs.TakeRequested();
            SettleThoseNext();
            if (isDone)
            {
                classifier.Complete(next);
            }

            _waiting.RemoveAt(_waiting.Count - 1);
            if (putOff is { } reason)
            {
                // The changes that waited for this one are put off with it.
                putOffs.Add([.. _waiting[depth..], next], reason);
                _waiting.RemoveRange(depth, _waiting.Count - depth);
            }
        }
    }

    /// <summary>Settles the changes that follow from the last one. That one stays in the waiting list meanwhile.</summary>
    private void SettleThoseNext()
    {
        foreach (var next in context.TakeNext())
        {
            Settle(next);
        }
    }

    /// <summary>Settles one change, unless something has to be settled before it.</summary>
    /// <param name="change">The change.</param>
    /// <param name="isDone">Whether it is settled; false when it is put off, or when a file has to be read first.</param>
    /// <returns>The change that has to be settled first; null when there is none.</returns>
    private PendingChange? SettleAlone(PendingChange change, out bool isDone)
    {
        var snapshot = context.Snapshots[change.Root];
        isDone = false;
        finder.Earn();
        try
        {
            if (FindEarlier(snapshot, change) is { } earlier)
            {
                return earlier;
            }

            if (change.IsHeardOf && !change.Actors.AreOfName && snapshot.IsBehindAt(change.Path))
            {
                // The comparison with an earlier run has not come here yet: what is different now may have been made before the start.
                change.Origin = AuditEventOrigin.Offline;
            }

            if (putOffs.Requested is null && classifier.Settle(snapshot, change))
            {
                classifier.Finish(snapshot, change);
                isDone = true;
            }
        }
        catch (Exception defect) when (!context.IsGivenUp(defect))
        {
            // Caught here and not in the loop, so that a defect loses only this change and not the one that it was settled for.
            coverage.ReportDefect(change, snapshot, defect);
        }
        finally
        {
            context.ForgetSeen();
        }

        return null;
    }

    /// <summary>
    /// Finds the change that has to be settled first. Moves items in the snapshot that the disk shows at other paths, as far as this change may
    /// involve them.
    /// </summary>
    /// <returns>The change to settle first; null when this one can be settled now, or is put off.</returns>
    private PendingChange? FindEarlier(Snapshot snapshot, PendingChange change)
    {
        if (snapshot.IsLost || (!change.Root.Recursive && change.Path.Contains('/', StringComparison.Ordinal)))
        {
            return null;
        }

        if (context.Debouncer.HasRenames(change.Root) || _waiting.Count > 1)
        {
            context.Debouncer.Follow(change);
            FollowWaiting(change);
        }

        var isInAnother = IsInAnother(snapshot, change);
        if (isInAnother && !IsInKnown(snapshot, change) && TryAskAbove(snapshot, change, out var unknown))
        {
            // Ask for the directories from the top down, each once.
            return unknown;
        }

        if (IsEntangled(snapshot, change, isInAnother))
        {
            var explaining = renames.PutInPlace(snapshot, change, _waiting);
            if (putOffs.Requested is not null)
            {
                return null;
            }

            if (explaining.Count > 0)
            {
                _waiting.AddRange(explaining[1..]);
                return explaining[0];
            }

            isInAnother = IsInAnother(snapshot, change);
        }

        return isInAnother && TryAskAbove(snapshot, change, out var above) ? above : null;
    }

    /// <summary>Whether the disk shows another item at the path than the snapshot, so that other paths have to be looked at, too.</summary>
    private bool IsEntangled(Snapshot snapshot, PendingChange change, bool isInAnother)
    {
        if (change.IsPlaced || !finder.MayLook)
        {
            return false;
        }

        var status = context.Look(snapshot, change);
        if (isInAnother || change.AlsoLook?.Exists(name => ShowsAnother(snapshot, name)) == true)
        {
            return true;
        }

        var entry = snapshot.Find(change.Path);
        if (entry is null)
        {
            // A rename to a free name that the hint itself explains needs no other path.
            return ItemIdentity.IsKnownElsewhere(snapshot, entry, status)
                && !(change.From is { } from && snapshot.Find(from) is { } named && named.Identity.IsSame(status.Identity) && ItemIdentity.IsFile(named, status));
        }

        if (!ItemIdentity.IsMissed(entry, status))
        {
            return false;
        }

        if (status.IsFound || change.From is not null || change.AlsoLook is not null || _waiting.Count > 1 || entry.ChildCount > 0)
        {
            return true;
        }

        // A deletion needs no other path unless something pending may show the item elsewhere.
        return finder.MayBeElsewhere(snapshot, entry);
    }

    private bool ShowsAnother(Snapshot snapshot, string path)
    {
        var status = context.Looks.GetStatus(snapshot.Root.PhysicalPath, path);
        return snapshot.Find(path) is { } entry ? ItemIdentity.IsMissed(entry, status) : ItemIdentity.IsKnownElsewhere(snapshot, known: null, status);
    }

    /// <summary>Like <see cref="Debouncer.Follow(PendingChange)"/>, for renames in the waiting list.</summary>
    private void FollowWaiting(PendingChange change)
    {
        for (var since = change.LastNumber; FindWaitingRename(change, since) is { } rename; since = rename.LastLeft)
        {
            change.Path = rename.To + change.Path[rename.FromLength..];
        }
    }

    private (string To, int FromLength, long Number, long LastLeft)? FindWaitingRename(PendingChange change, long since)
    {
        (string To, int FromLength, long Number, long LastLeft)? first = null;
        foreach (var other in _waiting)
        {
            if (other == change || other.Root != change.Root)
            {
                continue;
            }

            foreach (var (name, number) in other.Left)
            {
                if (number > since && !(number >= first?.Number) && change.Path.Length > name.Length && PathText.IsAtOrBelow(change.Path, name))
                {
                    first = (other.Path, name.Length, number, other.LastLeft);
                }
            }
        }

        return first;
    }

    /// <summary>Whether the parent directory is unknown, or is another directory on disk than in the snapshot.</summary>
    private bool IsInAnother(Snapshot snapshot, PendingChange change) =>
        PathText.DirectoryOf(change.Path) is { IsEmpty: false } directory && MayBeAnother(snapshot, snapshot.Find(directory), directory, context.Look(snapshot, change));

    private static bool IsInKnown(Snapshot snapshot, PendingChange change) =>
        snapshot.Find(PathText.DirectoryOf(change.Path)) is { Type: ItemType.Directory };

    /// <summary>Requests a look at the parent directory first: names in it can only be compared when the snapshot has the directory that is on disk.</summary>
    private bool TryAskAbove(Snapshot snapshot, PendingChange change, [NotNullWhen(true)] out PendingChange? above)
    {
        above = null;
        if (change.LooksAbove >= MaxLooksAbove)
        {
            return false;
        }

        change.LooksAbove++;
        above = context.TakeOrMake(snapshot, PathText.DirectoryOf(change.Path).ToString(), change);
        return true;
    }

    /// <summary>Whether a directory is unknown, is another one on disk, or is missing without a pending deletion, so that it may have been moved.</summary>
    private bool MayBeAnother(Snapshot snapshot, SnapshotEntry? known, ReadOnlySpan<char> directory, in FileStatus inIt)
    {
        if (known is not { Type: ItemType.Directory })
        {
            return inIt.IsFound;
        }

        if (!known.Identity.IsKnown)
        {
            return false;
        }

        var there = context.Looks.GetDirectory(snapshot.Root.PhysicalPath, directory);
        return there.IsFound
            ? !known.Identity.IsSame(there.Identity)
            : there.Outcome == FileStatusOutcome.Missing && context.Debouncer.Peek(snapshot.Root, directory.ToString())?.Kinds.HasFlag(PendingHints.Deleted) != true;
    }
}
