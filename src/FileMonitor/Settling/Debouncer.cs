using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>
/// Merges hints per path. Releases a path once it was quiet for the quiet period or has waited for the maximum delay. A state machine: no clock,
/// no timer, no lock. Owner: the pump.
/// </summary>
/// <remarks>
/// Three lists make it O(1) without a heap, since all delays of a root are constants: ordered by the latest hint, by the first, and by when the writer
/// closed the file. The head of each is what is due next. Roots with the same delays share their lists.
/// </remarks>
internal sealed partial class Debouncer
{
    private const int MaxSpare = 16_384;

    private readonly int _capacity;
    private readonly PerRoot<DebouncedRoot> _roots;
    private readonly List<DueLists> _due = [];
    private readonly Stack<PendingChange> _spare = new();

    /// <param name="capacity">When more paths than this are pending, the oldest eighth is due at once.</param>
    /// <param name="frequency">How many units of the timestamps that callers pass in make a second.</param>
    public Debouncer(int capacity, long frequency)
    {
        _capacity = capacity;
        _roots = new PerRoot<DebouncedRoot>(root => new DebouncedRoot(DueFor(DebounceTimes.Of(root.Settings, frequency))));
    }

    /// <summary>How many paths are pending.</summary>
    public int Count { get; private set; }

    /// <summary>The number of the latest hint; hints are numbered as they arrive.</summary>
    public long LastNumber { get; private set; }

    /// <summary>How many hints are merged into the pending paths.</summary>
    public int Hints { get; private set; }

    /// <summary>Whether there is one path more than the capacity: then the oldest paths are due at once.</summary>
    public bool IsFull => Count > _capacity;

    public void Add(in FileChange change)
    {
        Hints++;
        LastNumber++;
        if (change.Kind == FileChangeKind.Renamed && change.OldRelativePath is { } old && old != change.RelativePath)
        {
            AddRename(change, old);
            return;
        }

        var paths = _roots[change.Root].ByPath;
        if (TryGetCurrent(paths, change.RelativePath, out var pending))
        {
            Merge(pending, change);
            return;
        }

        Insert(NewPending(change), change);
    }

    /// <summary>Takes everything that is pending about a root, which is removed.</summary>
    public List<PendingChange> TakeAll(MonitoredRoot root)
    {
        List<PendingChange> all = [.. _roots[root].ByPath.Values];
        all.ForEach(pending => TakeOut(pending));
        _roots.Remove(root);
        return all;
    }

    /// <summary>Gives a settled change back to be used again.</summary>
    public void Recycle(PendingChange settled)
    {
        if (_spare.Count < MaxSpare)
        {
            settled.Reset();
            _spare.Push(settled);
        }
    }

    /// <summary>The lists of these delays. There are as many as roots differ in their delays.</summary>
    private DueLists DueFor(DebounceTimes times)
    {
        if (_due.Find(lists => lists.Times == times) is not { } due)
        {
            _due.Add(due = new DueLists(times));
        }

        return due;
    }

    private void AddRename(in FileChange change, string old)
    {
        var paths = _roots[change.Root].ByPath;
        TryGetCurrent(paths, old, out var moved);
        TryGetCurrent(paths, change.RelativePath, out var replaced);
        if (moved is null && replaced?.AlsoLook?.Contains(old) == true)
        {
            // The same rename reported twice: the file at the new name came by the first.
            Merge(replaced, change);
            return;
        }

        var from = moved?.From ?? old;
        var vacated = moved?.From is null ? null : old;
        var orphaned = replaced?.From;
        var isFinished = moved?.FinishedAt is not null;
        if (moved is null && replaced is null)
        {
            var pending = NewPending(change);
            pending.From = old;
            pending.Left.Add((old, LastNumber));
            Insert(pending, change);
            return;
        }

        // Hints for the old name now belong to the new name. Hints for the new name were about the file that the rename replaced. Keep the
        // change that waited longer, because its place in the list by age is right.
        var stays = moved is null || (replaced is not null && replaced.FirstAt < moved.FirstAt) ? replaced! : moved;
        var goes = stays == moved ? replaced : moved;
        if (goes is not null)
        {
            Unlink(goes);
            var wasAwaited = stays.Awaited > 0;
            stays.Absorb(goes);
            MoveAheadIfAwaited(stays, wasAwaited);
            Recycle(goes);
        }

        RemoveKeys(stays);
        stays.Path = change.RelativePath;
        stays.From = from == change.RelativePath ? null : from;
        stays.LookAlsoAt(vacated);
        stays.LookAlsoAt(orphaned == from ? null : orphaned);
        stays.Left.Add((old, LastNumber));
        AddKeys(stays);
        Merge(stays, change);

        // A finished file stays finished when it is renamed; the state of the replaced file does not count.
        _roots[stays.Root].Due.SetFinished(stays, isFinished ? change.ReceivedAt : null);
    }

    private PendingChange NewPending(in FileChange change)
    {
        var pending = _spare.TryPop(out var spare) ? spare : new PendingChange();
        pending.Root = change.Root;
        pending.Path = change.RelativePath;
        pending.Kinds = KindOf(change);
        pending.Hints = 1;
        pending.FirstAt = pending.LastAt = change.ReceivedAt;
        pending.LastNumber = LastNumber;
        pending.Awaited = change.IsAwaited ? 1 : 0;
        pending.Healing = change.IsHealing ? 1 : 0;
        NoteClosing(pending, change);
        pending.NoteName(change, isFirst: true);
        pending.NoteCause(change, isFirst: true);
        return pending;
    }

    private void Merge(PendingChange pending, in FileChange change)
    {
        pending.Kinds |= KindOf(change);
        NoteUnidentified(pending, change);
        pending.NoteName(change, isFirst: false);
        pending.Hints++;
        pending.LastNumber = LastNumber;
        pending.NoteCause(change, isFirst: false);
        pending.Healing += change.IsHealing ? 1 : 0;
        var wasAwaited = pending.Awaited > 0;
        pending.Awaited += change.IsAwaited ? 1 : 0;
        MoveAheadIfAwaited(pending, wasAwaited);

        if (change.IsOwn)
        {
            // The monitor gave this hint itself, so it does not extend the quiet period. Otherwise a root compared more often than the quiet
            // period would never be quiet.
            return;
        }

        pending.LastAt = Math.Max(pending.LastAt, change.ReceivedAt);
        _roots[pending.Root].Due.UnlinkQuiet(pending);
        _roots[pending.Root].Due.LinkQuiet(pending);
        NoteClosing(pending, change);
    }

    /// <summary>Notes that the writer closed the file, or that it is being written again.</summary>
    private void NoteClosing(PendingChange pending, in FileChange change)
    {
        pending.WasClosed |= change.IsFinished;
        if (change.IsFinished && _roots[pending.Root].Due.Times.UsesFinished)
        {
            // A file that is closed again and again would produce an event each time. It waits for the quiet period instead.
            _roots[pending.Root].Due.SetFinished(pending, _roots[pending.Root].Due.RecentlyClosed.Has(pending.Root, pending.Path, change.ReceivedAt) ? null : change.ReceivedAt);
        }
        else if (change.Kind is FileChangeKind.Created or FileChangeKind.Modified)
        {
            _roots[pending.Root].Due.SetFinished(pending, at: null);
        }
    }

    private void MoveAheadIfAwaited(PendingChange pending, bool wasAwaited)
    {
        if (pending.Awaited > 0 && !wasAwaited)
        {
            _roots[pending.Root].Due.UnlinkAge(pending);
            _roots[pending.Root].Due.LinkAge(pending);
        }
    }

    private static PendingHints KindOf(in FileChange change) => change.Kind switch
    {
        FileChangeKind.Created => PendingHints.Created,
        FileChangeKind.Modified => PendingHints.Modified,
        FileChangeKind.Deleted => PendingHints.Deleted,
        FileChangeKind.Renamed => PendingHints.Renamed,
        _ => PendingHints.Look,
    };

    private bool TakeOut([NotNullWhen(true)] PendingChange? pending)
    {
        if (pending is null)
        {
            return false;
        }

        Unlink(pending);
        Hints -= pending.Hints;
        return true;
    }

    private void Insert(PendingChange pending, in FileChange change)
    {
        AddKeys(pending);
        NoteUnidentified(pending, change);
        _roots[pending.Root].Due.LinkQuiet(pending);
        _roots[pending.Root].Due.LinkAge(pending);
        Count++;
    }

    private void Unlink(PendingChange pending)
    {
        RemoveKeys(pending);
        MarkIdentified(pending);
        _roots[pending.Root].Due.UnlinkQuiet(pending);
        _roots[pending.Root].Due.UnlinkAge(pending);
        _roots[pending.Root].Due.SetFinished(pending, at: null);
        Count--;
    }

    private void AddKeys(PendingChange pending)
    {
        _roots[pending.Root].ByPath[pending.Path] = pending;

        // Two files cannot both come from one name. The change that left the name first has the file that was known by it. A later one has
        // another file, which the classifier finds by looking at the name.
        if (pending.From is { } from && !_roots[pending.Root].BySource.TryAdd(from, pending))
        {
            pending.From = null;
            pending.LookAlsoAt(from);
        }

        AddVacated(pending);
    }

    private void RemoveKeys(PendingChange pending)
    {
        _roots[pending.Root].ByPath.Remove(pending.Path);
        RemoveVacated(pending);
        if (pending.From is not null)
        {
            _roots[pending.Root].BySource.Remove(pending.From);
        }
    }
}
