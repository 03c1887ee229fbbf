using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

// What has to be settled before a change can be judged. A path is judged by what the disk shows there and by what is known of that name; both
// mean something only when everything that happened to the directories above, and to the file that is known there, was settled before.
internal sealed partial class ChangeSettler
{
    private const int MaxLooksAbove = 3;

    // The changes that wait for one that happened before them, the earliest last. A list and not calls within calls: names can be used
    // again in chains of any length.
    private readonly List<PendingChange> _waiting = [];
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
            var putOff = _putOffNow;
            _putOffNow = null;
            if (putOff is { } reason)
            {
                // Who waited for it waits with it.
                PutOff([.. _waiting[depth..], next], reason);
                _waiting.RemoveRange(depth, _waiting.Count - depth);
            }
        }
    }

    /// <summary>Sees to it that everything has its place that a change may have to do with.</summary>
    /// <returns>What has to be settled before it; null when it can be judged, or is put off.</returns>
    private PendingChange? FindEarlier(Snapshot snapshot, PendingChange change)
    {
        if (snapshot.IsLost || (!change.Root.Recursive && change.Path.Contains('/', StringComparison.Ordinal)))
        {
            return null;
        }

        if (debouncer.HasRenames(change.Root) || _waiting.Count > 1)
        {
            debouncer.Follow(change);
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
            var said = PutInPlace(snapshot, change);
            if (_putOffNow is not null)
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
        if (change.IsPlaced || !_budget.HasAny)
        {
            return false;
        }

        var status = Look(snapshot, change);
        if (isInAnother || change.AlsoLook?.Exists(name => ShowsAnother(snapshot, name)) == true)
        {
            return true;
        }

        var entry = snapshot.Find(change.Path);
        if (entry is null)
        {
            // What is renamed to a free name is judged alone, too, where the hint names it.
            return IsKnownElsewhere(snapshot, entry, status)
                && !(change.From is { } from && snapshot.Find(from) is { } named && named.Identity.IsSame(status.Identity) && IsFile(named, status));
        }

        if (!IsMissed(entry, status))
        {
            return false;
        }

        if (status.IsFound || change.From is not null || change.AlsoLook is not null || _waiting.Count > 1 || entry.ChildCount > 0)
        {
            return true;
        }

        // A deletion is judged alone where nothing that is pending can say that the item is elsewhere.
        Identify(snapshot);
        return (_budget.IsAmple && (_putOff[snapshot.Root.Index].Count > 0 || _unclear[snapshot.Root.Index].Count > 0 || debouncer.HasRenames(snapshot.Root)))
            || ThoseWhoKnow(snapshot, entry).Count > 0;
    }

    private bool ShowsAnother(Snapshot snapshot, string path)
    {
        var status = _looks.GetStatus(snapshot.Root.PhysicalPath, path);
        return snapshot.Find(path) is { } entry ? IsMissed(entry, status) : IsKnownElsewhere(snapshot, known: null, status);
    }

    /// <summary>Whether a name shows an item that is known, and not by that name.</summary>
    private static bool IsKnownElsewhere(Snapshot snapshot, SnapshotEntry? known, in FileStatus status) =>
        status.IsFound && (known is null || IsMissed(known, status)) && snapshot.FindByIdentity(status.Identity) is not null;

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
        PathText.DirectoryOf(change.Path) is { IsEmpty: false } directory && MayBeAnother(snapshot, snapshot.Find(directory), directory, Look(snapshot, change));

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
        above = TakeOrMake(snapshot, PathText.DirectoryOf(change.Path).ToString(), change);
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

    /// <summary>Whether the disk shows, under the name of an entry, nothing or something else. An identity that is not known proves nothing.</summary>
    public static bool IsMissed(SnapshotEntry entry, in FileStatus status) =>
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
    private PendingChange TakeOrMake(Snapshot snapshot, string path, PendingChange onBehalfOf)
    {
        if (debouncer.TryTake(snapshot.Root, path, out var pending))
        {
            return pending;
        }

        var own = OwnChange(snapshot.Root, path, PendingHints.Look, onBehalfOf);
        own.IsAsked = true;
        return own;
    }

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
