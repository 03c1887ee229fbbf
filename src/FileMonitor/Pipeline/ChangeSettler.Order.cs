using System.Diagnostics.CodeAnalysis;
using FileMonitor.Reconciliation;

namespace FileMonitor.Pipeline;

// What has to be settled before a change can be judged. A path is judged by what the disk shows there and by what is known of that name; both
// mean something only when everything that happened to the directories above, and to the file that is known there, was settled before.
internal sealed partial class ChangeSettler
{
    private const int MaxLooksAbove = 3;

    // The changes that wait for one that happened before them, the earliest last. A list and not calls within calls: names can be used
    // again in chains of any length.
    private readonly List<PendingChange> _waiting = [];
    private PendingChange? _settleLater;
    private PendingChange? _seenFor;
    private FileStatus _seen;

    /// <summary>Settles one change, and before it whatever happened before it. Its hints are counted when all that follows from it is done.</summary>
    public void Settle(PendingChange change)
    {
        _waiting.Add(change);
        SettleWaiting(_waiting.Count - 1);
    }

    /// <summary>Settles what waits from a depth on: settling one may settle others, and each call ends with what it began with.</summary>
    private void SettleWaiting(int depth)
    {
        while (_waiting.Count > depth)
        {
            var next = _waiting[^1];
            if (SettleAlone(next) is { } earlier)
            {
                _waiting.Add(earlier);
                continue;
            }

            _waiting.RemoveAt(_waiting.Count - 1);
            var (putOff, later) = (_putOffNow, _settleLater);
            (_putOffNow, _settleLater) = (null, null);
            if (later is not null)
            {
                _waiting.Insert(Math.Max(depth, _waiting.IndexOf(later)), next);
            }

            if (putOff is { } reason)
            {
                // Who waited for it waits with it.
                PutOff([.. _waiting[depth..], next], reason);
                _waiting.RemoveRange(depth, _waiting.Count - depth);
            }
        }
    }

    private bool TryTakeEarlier(PendingChange change, [NotNullWhen(true)] out PendingChange? earlier)
    {
        earlier = null;
        var snapshot = snapshots[change.Root.Index];
        if (snapshot.IsLost || (!change.Root.Recursive && change.Path.Contains('/', StringComparison.Ordinal)))
        {
            return false;
        }

        if (debouncer.HasRenames(change.Root) || _waiting.Count > 1)
        {
            debouncer.Follow(change);
            FollowWaiting(change);
            FollowExchange(snapshot, change);
        }

        return debouncer.TryTakeRenameFrom(change.Root, change.Path, out earlier)
            || debouncer.TryTakeAbove(change.Root, change.Path, out earlier)
            || TryAskAbove(snapshot, change, out earlier)
            || TryFindMissed(snapshot, change, out earlier);
    }

    /// <summary>
    /// Hints of an exchange of two names look like those of a name that was left and taken again. Where a path shows nothing, and there is
    /// something under the other name of a directory above, it was an exchange.
    /// </summary>
    private void FollowExchange(Snapshot snapshot, PendingChange change)
    {
        for (var slash = change.Path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = change.Path.IndexOf('/', slash + 1))
        {
            var above = change.Path[..slash];
            var taken = debouncer.Peek(change.Root, above) ?? _waiting.Find(other => other.Root == change.Root && other.Path == above);
            if (taken is not { From: null, AlsoLook: { } left } || !taken.Left.Exists(one => one.Number > change.LastNumber) || Exists(change.Path))
            {
                continue;
            }

            if (left.Find(name => name != above && Exists(name + change.Path[slash..])) is { } other)
            {
                change.Path = other + change.Path[slash..];
                return;
            }
        }

        bool Exists(string path) => _looks.GetStatus(snapshot.Root.PhysicalPath, path).IsFound;
    }

    /// <summary>As <see cref="Debouncer.Follow(PendingChange)"/>, for renames that wait to be settled themselves.</summary>
    private void FollowWaiting(PendingChange change)
    {
        for (var since = change.LastNumber; FindWaitingRename(change, since) is { } rename; since = rename.Number)
        {
            change.Path = rename.To + change.Path[rename.FromLength..];
        }
    }

    private (string To, int FromLength, long Number)? FindWaitingRename(PendingChange change, long since)
    {
        (string To, int FromLength, long Number)? first = null;
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
                    first = (other.Path, name.Length, number);
                }
            }
        }

        return first;
    }

    /// <summary>The directory above has to be known, and to be the one that is on disk: only then is what is seen in it about what is known in it.</summary>
    private bool TryAskAbove(Snapshot snapshot, PendingChange change, [NotNullWhen(true)] out PendingChange? above)
    {
        above = null;
        var status = Look(snapshot, change);
        var directory = PathText.DirectoryOf(change.Path);
        if (directory.IsEmpty || change.LooksAbove >= MaxLooksAbove || !MayBeAnother(snapshot, snapshot.Find(directory), directory, status))
        {
            return false;
        }

        change.LooksAbove++;
        above = TakeOrMake(snapshot, directory.ToString(), change);
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

        var there = _looks.GetDirectory(snapshot.Root.PhysicalPath, directory);
        return there.IsFound
            ? !known.Identity.IsSame(there.Identity)
            : there.Outcome == FileStatusOutcome.Missing && debouncer.Peek(snapshot.Root, directory.ToString())?.Kinds.HasFlag(PendingHints.Deleted) != true;
    }

    /// <summary>
    /// What is known by the name is gone from it. Before that is concluded, everything that appeared and was not looked up yet is looked up: the
    /// file may have another name by now, and so may any that was in a directory.
    /// </summary>
    private bool TryFindMissed(Snapshot snapshot, PendingChange change, [NotNullWhen(true)] out PendingChange? earlier)
    {
        earlier = null;
        var entry = snapshot.Find(change.Path);
        if (entry is null || !IsMissed(entry, Look(snapshot, change)))
        {
            return false;
        }

        if ((change.IsWriteOnly || change.Kinds == PendingHints.Look) && !change.HasWaitedForHints)
        {
            // The disk is ahead of the hints that were read.
            reports.Absorb();
            if (debouncer.TryTakeRenameFrom(change.Root, change.Path, out earlier))
            {
                return true;
            }
        }

        if (change.LooksAbove < MaxLooksAbove && change.AlsoLook?.Find(name => MayBeMissedElsewhere(snapshot, name)) is { } left)
        {
            // Two names that were exchanged look like one that was left and taken again.
            change.LooksAbove++;
            earlier = TakeOrMake(snapshot, left, change);
            return true;
        }

        if (entry.ChildCount > 0 && debouncer.TakeRenamesFromBelow(change.Root, change.Path) is { Count: > 0 } renames)
        {
            // What was taken out of a directory before that was deleted or replaced.
            _waiting.AddRange(renames[1..]);
            earlier = renames[0];
            return true;
        }

        while (debouncer.TryPeekUnidentified(change.Root, out var candidate))
        {
            Debouncer.MarkIdentified(candidate);
            if (MayBeMissedElsewhere(snapshot, candidate.Path))
            {
                debouncer.Take(candidate);
                earlier = candidate;
                return true;
            }

            if (candidate.AlsoLook?.Find(name => MayBeMissedElsewhere(snapshot, name)) is { } passed)
            {
                earlier = TakeOrMake(snapshot, passed, candidate);
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a path shows an item that is known by another name, or a directory whose contents nobody has seen.</summary>
    private bool MayBeMissedElsewhere(Snapshot snapshot, string path)
    {
        var status = _looks.GetStatus(snapshot.Root.PhysicalPath, path);
        if (!status.IsFound)
        {
            return false;
        }

        var known = snapshot.Find(path);
        if (known is not null && known.Identity.IsSame(status.Identity))
        {
            return false;
        }

        return status.ItemType == ItemType.Directory || snapshot.FindByIdentity(status.Identity) is not null;
    }

    /// <summary>Whether the disk shows, under the name of an entry, nothing or something else. An identity that is not known proves nothing.</summary>
    private static bool IsMissed(SnapshotEntry entry, in FileStatus status) =>
        entry.Identity.IsKnown && (status.IsFound ? !entry.Identity.MayEqual(status.Identity) : status.Outcome == FileStatusOutcome.Missing);

    /// <summary>What the disk shows for a change; looked up once while nothing else is settled in between.</summary>
    private FileStatus Look(Snapshot snapshot, PendingChange change)
    {
        if (_seenFor != change)
        {
            _seen = _looks.GetStatus(snapshot.Root.PhysicalPath, change.Path);
            if (_seen is { IsFound: true, ItemType: ItemType.SymbolicLink })
            {
                // Both of one and the same link: between two looks it may leave, or become another.
                var target = files.GetLinkTarget(snapshot.Root.PhysicalPath, change.Path, out var link);
                _seen = link with { LinkTarget = target };
            }

            _seenFor = change;
        }

        return _seen;
    }

    /// <summary>What is pending about a path, or a change of our own that looks at it on behalf of another.</summary>
    private PendingChange TakeOrMake(Snapshot snapshot, string path, PendingChange onBehalfOf) =>
        debouncer.TryTake(snapshot.Root, path, out var pending)
            ? pending
            : OwnChange(snapshot.Root, path, PendingHints.Look, onBehalfOf);

    /// <summary>A change that the monitor gives itself and settles without a pause. It is counted like any other.</summary>
    private PendingChange OwnChange(MonitoredRoot root, string path, PendingHints kinds, PendingChange onBehalfOf)
    {
        var (isAwaited, isHealing) = (onBehalfOf.Awaited > 0, onBehalfOf.Healing > 0);
        counters.Current.Own++;
        counters.Current.Pending++;
        _progress.Hinted(root, isAwaited, isHealing);
        var now = time.GetTimestamp();
        return new PendingChange
        {
            Root = root,
            Path = path,
            Kinds = kinds,
            Hints = 1,
            Awaited = isAwaited ? 1 : 0,
            Healing = isHealing ? 1 : 0,
            Origin = onBehalfOf.Origin,
            PutOffAt = onBehalfOf.PutOffAt,
            HasWaitedForHints = onBehalfOf.HasWaitedForHints,
            FirstAt = now,
            LastAt = now,
            LastNumber = debouncer.LastNumber,
        };
    }
}
