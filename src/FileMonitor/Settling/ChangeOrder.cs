using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// What has to be settled before a change can be judged. A path is judged by what the disk shows there and by what is known of that name; both
/// mean something only when everything that happened to the directories above, and to the file that is known there, was settled before.
/// Owner: the pump.
/// </summary>
internal sealed class ChangeOrder(
    SettleContext context, ChangeClassifier classifier, RenameRules renames, PlaceFinder finder, PutOffs putOffs, ContentReader reader, Coverage coverage)
{
    private const int MaxLooksAbove = 3;

    // The changes that wait for one that happened before them, the earliest last. A list and not calls within calls: names can be used
    // again in chains of any length.
    private readonly List<PendingChange> _waiting = [];

    /// <summary>Settles one change, and before it whatever happened before it. Its hints are counted when all that follows from it is done.</summary>
    public void Settle(PendingChange change)
    {
        _waiting.Add(change);
        SettleWaiting(_waiting.Count - 1);
    }

    /// <summary>A file was read, or could not be: tells what that means, and settles what waited for it.</summary>
    public void Apply(HashWork work, HashResult result)
    {
        try
        {
            if (reader.Apply(work, result) is { } told)
            {
                classifier.Finish(work.Snapshot, told);
                classifier.Complete(told);
            }
        }
        catch (Exception defect) when (!context.IsGivenUp(defect))
        {
            coverage.Lose(work.Pending, work.Snapshot, defect);
        }

        SettleThoseNext();
        if (ContentReader.TakeParked(work) is { } parked)
        {
            Settle(parked);
        }

        reader.RetryOwed(work);
    }

    /// <summary>Looks again at changes that were put off; at all of them when nobody else can say where the files went.</summary>
    /// <returns>Whether there was any; what follows from it may be due at once.</returns>
    public bool SettlePutOff(long now, bool all)
    {
        var any = false;
        foreach (var snapshot in context.Snapshots)
        {
            // Only those that are there now: settling one may put off another.
            for (var left = putOffs.Count(snapshot.Root); left > 0 && context.Outbox.IsEmpty && putOffs.TryTakeDue(snapshot, now, all, out var changes); left--)
            {
                any = true;
                _waiting.AddRange(changes);
                SettleWaiting(_waiting.Count - changes.Count);
            }
        }

        return any;
    }

    /// <summary>Settles what waits from a depth on: settling one may settle others, and each call ends with what it began with.</summary>
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
                // Who waited for it waits with it.
                putOffs.Add([.. _waiting[depth..], next], reason);
                _waiting.RemoveRange(depth, _waiting.Count - depth);
            }
        }
    }

    /// <summary>Settles what follows from the change that was settled last, while that one still stands among those that wait.</summary>
    private void SettleThoseNext()
    {
        foreach (var next in context.TakeNext())
        {
            Settle(next);
        }
    }

    /// <summary>Settles one change, unless something has to be settled before it.</summary>
    /// <param name="change">It.</param>
    /// <param name="isDone">Whether it is settled; false also when it is put off, or a file has to be read first.</param>
    /// <returns>What has to be settled before it; null when nothing has.</returns>
    private PendingChange? SettleAlone(PendingChange change, out bool isDone)
    {
        var snapshot = context.Snapshots[change.Root.Index];
        isDone = false;
        finder.Earn();
        try
        {
            if (FindEarlier(snapshot, change) is { } earlier)
            {
                return earlier;
            }

            if (putOffs.Requested is null && classifier.Settle(snapshot, change))
            {
                classifier.Finish(snapshot, change);
                isDone = true;
            }
        }
        catch (Exception defect) when (!context.IsGivenUp(defect))
        {
            // Here and not in the loop: a change may be settled on behalf of another, and each is lost alone.
            coverage.Lose(change, snapshot, defect);
        }
        finally
        {
            context.ForgetSeen();
        }

        return null;
    }

    /// <summary>Sees to it that everything has its place that a change may have to do with.</summary>
    /// <returns>What has to be settled before it; null when it can be judged, or is put off.</returns>
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
            // One directory after the other, from above: the names in between are looked at once each.
            return unknown;
        }

        if (IsEntangled(snapshot, change, isInAnother))
        {
            var said = renames.PutInPlace(snapshot, change, _waiting);
            if (putOffs.Requested is not null)
            {
                return null;
            }

            if (said.Count > 0)
            {
                _waiting.AddRange(said[1..]);
                return said[0];
            }

            isInAnother = IsInAnother(snapshot, change);
        }

        return isInAnother && TryAskAbove(snapshot, change, out var above) ? above : null;
    }

    /// <summary>Whether a path shows something else than what is known by it, so that it cannot be judged alone.</summary>
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
            // What is renamed to a free name is judged alone, too, where the hint names it.
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

        // A deletion is judged alone where nothing that is pending can say that the item is elsewhere.
        return finder.MayBeElsewhere(snapshot, entry);
    }

    private bool ShowsAnother(Snapshot snapshot, string path)
    {
        var status = context.Looks.GetStatus(snapshot.Root.PhysicalPath, path);
        return snapshot.Find(path) is { } entry ? ItemIdentity.IsMissed(entry, status) : ItemIdentity.IsKnownElsewhere(snapshot, known: null, status);
    }

    /// <summary>As <see cref="Debouncer.Follow(PendingChange)"/>, for renames that wait to be settled themselves.</summary>
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

    /// <summary>Whether the directory above is not known, or is another one on disk than the one that is known.</summary>
    private bool IsInAnother(Snapshot snapshot, PendingChange change) =>
        PathText.DirectoryOf(change.Path) is { IsEmpty: false } directory && MayBeAnother(snapshot, snapshot.Find(directory), directory, context.Look(snapshot, change));

    private static bool IsInKnown(Snapshot snapshot, PendingChange change) =>
        snapshot.Find(PathText.DirectoryOf(change.Path)) is { Type: ItemType.Directory };

    /// <summary>The directory above has to be known, and to be the one that is on disk: only then is what is seen in it about what is known in it.</summary>
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

    /// <summary>Whether a directory is not known, is another one on disk, or is gone without a hint that it was deleted, so that it may have been moved.</summary>
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
