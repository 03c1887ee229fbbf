using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>
/// Merges hints per path. Releases a path once it was quiet for the quiet period or has waited for the maximum delay. A state machine: no clock,
/// no timer, no lock. Owner: the pump.
/// </summary>
/// <remarks>
/// Three lists make it O(1) without a heap, since all delays are constants: ordered by the latest hint, by the first, and by when the writer
/// closed the file. The head of each is what is due next.
/// </remarks>
internal sealed partial class Debouncer
{
    private const int MaxSpare = 16_384;

    private readonly long _quietPeriod;
    private readonly long _maxDelay;
    private readonly long _finishedDelay;
    private readonly RecentlyClosed _recentlyClosed;
    private readonly int _capacity;
    private readonly Dictionary<string, PendingChange>[] _byPath;
    private readonly Dictionary<string, PendingChange>[] _bySource;
    private readonly Dictionary<string, PendingChange>[] _byVacated;
    private readonly LinkedList<PendingChange>[] _unidentified;
    private readonly Stack<PendingChange> _spare = new();
    private readonly DueLists _due = new();
    private bool _isReleasing;

    /// <param name="quietPeriod">In the unit of the timestamps that callers pass in.</param>
    /// <param name="maxDelay">In the same units.</param>
    /// <param name="finishedDelay">The quiet period of a path whose writer has closed it, in the same units.</param>
    /// <param name="capacity">When more paths than this are pending, the oldest eighth is due at once.</param>
    /// <param name="roots">How many roots there are.</param>
    public Debouncer(long quietPeriod, long maxDelay, long finishedDelay, int capacity, int roots)
    {
        _quietPeriod = quietPeriod;
        _maxDelay = maxDelay;
        _finishedDelay = finishedDelay;
        _recentlyClosed = new RecentlyClosed(quietPeriod);
        _capacity = capacity;
        _byPath = [.. Enumerable.Range(0, roots).Select(_ => new Dictionary<string, PendingChange>())];
        _bySource = [.. Enumerable.Range(0, roots).Select(_ => new Dictionary<string, PendingChange>())];
        _byVacated = [.. Enumerable.Range(0, roots).Select(_ => new Dictionary<string, PendingChange>())];
        _unidentified = [.. Enumerable.Range(0, roots).Select(_ => new LinkedList<PendingChange>())];
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

        var paths = _byPath[change.Root.Index];
        if (TryGetCurrent(paths, change.RelativePath, out var pending))
        {
            Merge(pending, change);
            return;
        }

        Insert(NewPending(change), change);
    }

    /// <summary>Takes the next path that is due: finished, quiet, over the maximum delay, or over the capacity.</summary>
    public bool TryTakeDue(long now, [NotNullWhen(true)] out PendingChange? due)
    {
        due = _due.FirstFinished is { FinishedAt: { } closed } finished && now - closed >= _finishedDelay ? finished
            : _due.FirstQuiet is { } quiet && now - quiet.LastAt >= _quietPeriod ? quiet
            : _due.FirstAge is { } old && (now - old.FirstAt >= _maxDelay || IsReleasing()) ? old
            : null;
        if (due is { WasClosed: true })
        {
            _recentlyClosed.Add(due.Root, due.Path, now);
        }

        return TakeOut(due);
    }

    /// <summary>A flush begins and waits for everything that is pending now.</summary>
    /// <returns>How many hints it waits for.</returns>
    public int AwaitAll()
    {
        var added = 0;
        for (var pending = _due.FirstAge; pending is not null; pending = pending.NextAge)
        {
            added += pending.Hints - pending.Awaited;
            pending.Awaited = pending.Hints;
        }

        return added;
    }

    /// <summary>Takes a path that a flush waits for, due or not.</summary>
    public bool TryTakeAwaited([NotNullWhen(true)] out PendingChange? next)
    {
        // They are at the head of the list by age: a pending change moves there when a hint joins it that a flush waits for.
        next = _due.FirstAge is { Awaited: > 0 } ? _due.FirstAge : null;
        return TakeOut(next);
    }

    /// <summary>Takes the path that waited longest, due or not: the monitor is stopping.</summary>
    public bool TryTakeAny([NotNullWhen(true)] out PendingChange? next)
    {
        next = _due.FirstQuiet;
        return TakeOut(next);
    }

    /// <summary>Takes what is pending about one path, due or not.</summary>
    public bool TryTake(MonitoredRoot root, string path, [NotNullWhen(true)] out PendingChange? pending)
    {
        _byPath[root.Index].TryGetValue(path, out pending);
        return TakeOut(pending);
    }

    /// <summary>When the next path is due; null when nothing is pending.</summary>
    public long? NextDue => _due.FirstQuiet is null || _due.FirstAge is null
        ? null
        : IsReleasing() ? 0
        : Math.Min(Math.Min(_due.FirstQuiet.LastAt + _quietPeriod, _due.FirstAge.FirstAt + _maxDelay), _due.FirstFinished?.FinishedAt + _finishedDelay ?? long.MaxValue);

    /// <summary>Gives a settled change back to be used again.</summary>
    public void Recycle(PendingChange settled)
    {
        if (_spare.Count < MaxSpare)
        {
            settled.Reset();
            _spare.Push(settled);
        }
    }

    /// <summary>Once full, releases an eighth of the capacity and not a single path, so that taking hints and settling alternate in batches.</summary>
    private bool IsReleasing() => _isReleasing = IsFull || (_isReleasing && Count > _capacity - (_capacity / 8));

    private void AddRename(in FileChange change, string old)
    {
        var paths = _byPath[change.Root.Index];
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
        _due.SetFinished(stays, isFinished ? change.ReceivedAt : null);
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
        pending.Origin = change.Origin;
        pending.Awaited = change.IsAwaited ? 1 : 0;
        pending.Healing = change.IsHealing ? 1 : 0;
        NoteClosing(pending, change);
        pending.NoteName(change, isFirst: true);
        pending.NoteActor(change.Actor);
        return pending;
    }

    private void Merge(PendingChange pending, in FileChange change)
    {
        pending.Kinds |= KindOf(change);
        NoteUnidentified(pending, change);
        pending.NoteName(change, isFirst: false);
        pending.Hints++;
        pending.LastNumber = LastNumber;
        pending.NoteActor(change.Actor);
        pending.Healing += change.IsHealing ? 1 : 0;
        var wasAwaited = pending.Awaited > 0;
        pending.Awaited += change.IsAwaited ? 1 : 0;
        MoveAheadIfAwaited(pending, wasAwaited);

        if (change.IsOwn)
        {
            // The monitor gave this hint itself, so it does not extend the quiet period. Otherwise a root compared more often than the quiet
            // period would never be quiet. Nor does a comparison that finds the change once more say that it happened now.
            return;
        }

        if (change.Origin == AuditEventOrigin.Live)
        {
            pending.Origin = AuditEventOrigin.Live;
        }

        pending.LastAt = Math.Max(pending.LastAt, change.ReceivedAt);
        _due.UnlinkQuiet(pending);
        _due.LinkQuiet(pending);
        NoteClosing(pending, change);
    }

    /// <summary>Notes that the writer closed the file, or that it is being written again.</summary>
    private void NoteClosing(PendingChange pending, in FileChange change)
    {
        pending.WasClosed |= change.IsFinished;
        if (change.IsFinished && _finishedDelay < _quietPeriod)
        {
            // A file that is closed again and again would produce an event each time. It waits for the quiet period instead.
            _due.SetFinished(pending, _recentlyClosed.Has(pending.Root, pending.Path, change.ReceivedAt) ? null : change.ReceivedAt);
        }
        else if (change.Kind is FileChangeKind.Created or FileChangeKind.Modified)
        {
            _due.SetFinished(pending, at: null);
        }
    }

    private void MoveAheadIfAwaited(PendingChange pending, bool wasAwaited)
    {
        if (pending.Awaited > 0 && !wasAwaited)
        {
            _due.UnlinkAge(pending);
            _due.LinkAge(pending);
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
        _due.LinkQuiet(pending);
        _due.LinkAge(pending);
        Count++;
    }

    private void Unlink(PendingChange pending)
    {
        RemoveKeys(pending);
        MarkIdentified(pending);
        _due.UnlinkQuiet(pending);
        _due.UnlinkAge(pending);
        _due.SetFinished(pending, at: null);
        Count--;
    }

    private void AddKeys(PendingChange pending)
    {
        _byPath[pending.Root.Index][pending.Path] = pending;

        // Two files cannot both come from one name. The change that left the name first has the file that was known by it. A later one has
        // another file, which the classifier finds by looking at the name.
        if (pending.From is { } from && !_bySource[pending.Root.Index].TryAdd(from, pending))
        {
            pending.From = null;
            pending.LookAlsoAt(from);
        }

        AddVacated(pending);
    }

    private void RemoveKeys(PendingChange pending)
    {
        _byPath[pending.Root.Index].Remove(pending.Path);
        RemoveVacated(pending);
        if (pending.From is not null)
        {
            _bySource[pending.Root.Index].Remove(pending.From);
        }
    }
}
