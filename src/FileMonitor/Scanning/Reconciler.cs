using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Scanning;

/// <summary>
/// Knows which directories must be looked into, and has one worker read them, one after the other; the comparison with the snapshot is the
/// pump's. Owner of everything here: the pump. The worker owns the listing it fills until it hands it over.
/// </summary>
/// <remarks>
/// New directories come first and at once: nobody else tells what is in them. Then what was lost, then what a timer asked for, both within
/// a budget. The queues hold entries of the snapshots, each at most once per urgency, so they are never larger than the snapshots.
/// New directories are given to the worker several at a time: to hand over each alone costs more than to read it.
/// </remarks>
/// <param name="files">Reads directories.</param>
/// <param name="wake">Tells the pump that a listing is there, and whether others follow at once. Called by the worker.</param>
/// <param name="roots">How many roots there are.</param>
/// <param name="entriesPerSecond">What may be read of what is not new.</param>
/// <param name="time">The clock.</param>
/// <param name="detectsWriters">Whether files in new directories are asked for writers.</param>
/// <param name="ended">Told of each comparison that is through.</param>
internal sealed class Reconciler(
    IFileView files, Action<bool> wake, int roots, int entriesPerSecond, TimeProvider time, bool detectsWriters, Action<ReconcileEpisode> ended)
{
    private const int MostAhead = 32;

    private readonly Queue<(Snapshot Snapshot, SnapshotEntry Directory, long Ticket)> _urgent = new();
    private readonly LookGenerations _generations = new(roots);
    private readonly RootReconciliation[] _byRoot = [.. Enumerable.Range(0, roots).Select(_ => new RootReconciliation(time.TimestampFrequency, ended))];
    private readonly ReconcileBudget _budget = new(entriesPerSecond, time.TimestampFrequency);

    // In the order in which they are read; the worker takes from the second and fills the third.
    private readonly Queue<Listing> _reading = new();
    private readonly ConcurrentQueue<Listing> _toRead = new();
    private readonly ConcurrentQueue<Listing> _finished = new();
    private int _isWorking;
    private ReconcileTotals _totals;
    private int _turn;

    /// <summary>What was compared so far.</summary>
    public ReconcileTotals Totals => _totals;

    /// <summary>Directories waiting, those being read included.</summary>
    public int Count => _urgent.Count + _byRoot.Sum(static root => root.Queued) + _reading.Count;

    public bool IsIdle => _reading.Count == 0 && _urgent.Count == 0 && Array.TrueForAll(_byRoot, static root => root.Queued == 0 && root.IsDone);

    /// <summary>The number of the requests that are made now, as far as they do not follow from earlier ones.</summary>
    public long LatestGeneration => _generations.Latest;

    /// <summary>Whether something of a root that is missed may turn up in a directory that was asked for up to a generation, or below it.</summary>
    public bool IsLookingFor(MonitoredRoot root, long generation) =>
        _generations.HasAny(root, generation) || _byRoot[root.Index].Lost.Count > 0 || (_reading.TryPeek(out var current) && current.Snapshot.Root == root && LevelOf(current.Look) == 1);

    /// <summary>Later requests are of the next generation, unless they follow from what a directory of an earlier one held.</summary>
    public long CloseGeneration() => _generations.Close();

    /// <summary>Whether a directory is being read, or is to be read soon: something that is missed may turn up there.</summary>
    public bool IsLooking => _reading.Count > 0 || _urgent.Count > 0 || Array.Exists(_byRoot, static root => root.Lost.Count > 0);

    /// <summary>When what has to wait for the budget or for a pause may be read; null when nothing has to.</summary>
    public long? NextDue { get; private set; }

    /// <summary>Somebody waits for what was lost to be found: neither budget nor pauses hold for it.</summary>
    public bool IsHurried { get; set; }

    /// <summary>The listing that is being compared: what is asked for meanwhile follows from it.</summary>
    public Listing? Comparing { get; set; }

    /// <summary>The number of the latest request.</summary>
    public long LatestTicket { get; private set; }

    /// <summary>Asks for a directory to be looked into. Reasons add up.</summary>
    public void Request(Snapshot snapshot, SnapshotEntry directory, DirectoryLook look)
    {
        var known = directory.Look;
        if (snapshot.IsLost || (known & look) == look)
        {
            return;
        }

        directory.Look = known | look;
        var root = _byRoot[snapshot.Root.Index];
        root.Count(look & ~known, time.GetTimestamp());
        if (known == DirectoryLook.None || LevelOf(look) < LevelOf(known))
        {
            // A place it has further back stays, and is passed over when its turn comes.
            var request = (snapshot, directory, ++LatestTicket);
            (LevelOf(look) switch { 0 => _urgent, 1 => root.Lost, _ => root.Timed }).Enqueue(request);
            if (LevelOf(look) == 0)
            {
                _generations.Add(snapshot.Root, request.Item3, Comparing);
            }
        }
    }

    /// <summary>Has the next directory read, if none is being read and one may be; and new directories as long as only such are read.</summary>
    public void Launch()
    {
        NextDue = null;
        while (HasRoom && TryTakeNext(time.GetTimestamp(), out var next))
        {
            var look = next.Directory.Look;
            next.Directory.Look = DirectoryLook.None;
            if (look == DirectoryLook.None)
            {
                _generations.Remove(next.Snapshot.Root, next.Ticket);
                continue;
            }

            if (next.Directory.IsDetached || next.Snapshot.IsLost)
            {
                _byRoot[next.Snapshot.Root.Index].Uncount(look, time.GetTimestamp());
                _generations.Remove(next.Snapshot.Root, next.Ticket);
                continue;
            }

            var listing = new Listing(next.Snapshot, next.Directory, Snapshot.PathOf(next.Directory), look, next.Ticket);
            _reading.Enqueue(listing);
            _toRead.Enqueue(listing);
        }

        if (!_toRead.IsEmpty && Interlocked.Exchange(ref _isWorking, 1) == 0)
        {
            // Not awaited: Read catches everything and always hands the listing over, and the pump waits for that.
            _ = Task.Run(Work);
        }
    }

    /// <summary>Takes the next listing that was read. It counts as being read until <see cref="Done"/>, so that nothing thinks all is looked at.</summary>
    public bool TryTakeListing([NotNullWhen(true)] out Listing? listing) => _finished.TryDequeue(out listing);

    /// <summary>The listing was compared.</summary>
    public void Done(Listing listing)
    {
        var now = time.GetTimestamp();
        _totals.AddEntries(ReasonOf(listing.Look), listing.Items.Count);
        _byRoot[listing.Snapshot.Root.Index].Read(listing.Look, listing.Items.Count);
        if (LevelOf(listing.Look) > 0)
        {
            _budget.Spend(listing.Items.Count + 1, now);
        }

        _byRoot[listing.Snapshot.Root.Index].Uncount(listing.Look, now);
        _generations.Remove(listing.Snapshot.Root, listing.Ticket);
        _reading.TryDequeue(out _);
    }

    /// <summary>Something in the listing is not as it is known.</summary>
    public void NoteDiscrepancy(Listing listing)
    {
        _totals.AddDiscrepancy(ReasonOf(listing.Look));
        _byRoot[listing.Snapshot.Root.Index].Differ(listing.Look);
    }

    /// <summary>
    /// An item that is known was not found where it was. If it was moved to a directory that is still to be read, it will be recognised
    /// there, so nothing is said of it before the comparison is through.
    /// </summary>
    public void NoteMissing(Listing listing, SnapshotEntry entry) =>
        (_byRoot[listing.Snapshot.Root.Index] is var root && listing.Look.HasFlag(DirectoryLook.Reconcile) ? root.MissingLost : root.MissingTimed).Add((entry, listing.Origin));

    /// <summary>Whether something was missing in a comparison that is through.</summary>
    public bool HasMissing => Array.Exists(_byRoot, static root => root.HasMissing);

    /// <summary>Takes something that was missing in a comparison that is through now.</summary>
    public bool TryTakeMissing(MonitoredRoot root, out (SnapshotEntry Entry, AuditEventOrigin Origin, bool IsHealing) missing) =>
        _byRoot[root.Index].TryTakeMissing(out missing);

    /// <summary>Whether everything was looked at that was asked for because hints were lost.</summary>
    public bool HasHealed(MonitoredRoot root) => _byRoot[root.Index].HasHealed;

    /// <summary>Whether everything was looked at that somebody asked for by a timer.</summary>
    public bool HasCompared(MonitoredRoot root) => _byRoot[root.Index].HasCompared;

    /// <summary>Whether what was asked for up to a ticket was compared; what a timer asked for does not count.</summary>
    public bool HasDone(long ticket) =>
        !_reading.Any(one => one.Ticket <= ticket && one.Look != DirectoryLook.None && LevelOf(one.Look) < 2)
        && !(_urgent.TryPeek(out var urgent) && urgent.Ticket <= ticket)
        && Array.TrueForAll(_byRoot, root => !(root.Lost.TryPeek(out var lost) && lost.Ticket <= ticket) && root.MissingLost.Count == 0);

    /// <summary>The monitor is stopping: what a timer asked for is not begun any more.</summary>
    public void AbandonTimed() => Array.ForEach(_byRoot, static root => root.ClearTimed());

    /// <summary>Gives up what was asked for; the number of directories that were not looked into.</summary>
    public int Abandon()
    {
        var count = Count;
        RootReconciliation.Clear(_urgent);
        _generations.Clear();
        _reading.Clear();
        _toRead.Clear();
        Array.ForEach(_byRoot, static root => root.Clear());
        return count;
    }

    // A budget is spent when a listing was compared, so what has one is read alone.
    private bool HasRoom => !_reading.TryPeek(out var first) || (LevelOf(first.Look) == 0 && _urgent.Count > 0 && _reading.Count < MostAhead);

    private static int LevelOf(DirectoryLook look) =>
        look.HasFlag(DirectoryLook.Discover) ? 0 : look.HasFlag(DirectoryLook.Reconcile) ? 1 : 2;

    // In the order of the levels.
    private static ReconcileReason ReasonOf(DirectoryLook look) => (ReconcileReason)LevelOf(look);

    private bool TryTakeNext(long now, out (Snapshot Snapshot, SnapshotEntry Directory, long Ticket) next)
    {
        if (_urgent.TryDequeue(out next))
        {
            return true;
        }

        // Each root in its turn, so that a large one does not keep the others waiting.
        for (var step = 1; step <= _byRoot.Length; step++)
        {
            var index = (_turn + step) % _byRoot.Length;
            var root = _byRoot[index];
            if (root.Lost.TryPeek(out var lost)
                && MayRead(IsHurried || lost.Directory.Look.HasFlag(DirectoryLook.Offline) ? now : Math.Max(_budget.NextAt(now), root.NotBefore), now))
            {
                _turn = index;
                return root.Lost.TryDequeue(out next);
            }
        }

        for (var step = 1; step <= _byRoot.Length; step++)
        {
            var index = (_turn + step) % _byRoot.Length;
            if (_byRoot[index].Timed.Count > 0 && MayRead(_budget.NextAt(now), now))
            {
                _turn = index;
                return _byRoot[index].Timed.TryDequeue(out next);
            }
        }

        return false;
    }

    private bool MayRead(long at, long now)
    {
        if (at > now)
        {
            NextDue = Math.Min(NextDue ?? long.MaxValue, at);
        }

        return at <= now;
    }

    private void Work()
    {
        do
        {
            while (_toRead.TryDequeue(out var listing))
            {
                Read(listing);
                _finished.Enqueue(listing);
                wake(!_toRead.IsEmpty);
            }

            Interlocked.Exchange(ref _isWorking, 0);
        }
        while (!_toRead.IsEmpty && Interlocked.Exchange(ref _isWorking, 1) == 0);
    }

    private void Read(Listing listing)
    {
        try
        {
            listing.Outcome = files.List(listing.Snapshot.Root.PhysicalPath, listing.Path, (name, status) => listing.Items.Add((name, status)));
            if (detectsWriters && listing.IsOfNewDirectory)
            {
                FindFinished(listing);
            }
        }
        catch (Exception)
        {
            // A host's own IFileView may throw; then the directory could not be read, which is reported.
            listing.Outcome = FileStatusOutcome.Failed;
        }
    }

    private void FindFinished(Listing listing)
    {
        foreach (var (name, status) in listing.Items)
        {
            if (status is { IsFound: true, ItemType: ItemType.File }
                && files.GetWriters(listing.Snapshot.Root.PhysicalPath, PathText.Join(listing.Path, name)) == FileWriters.None)
            {
                (listing.Finished ??= []).Add(name);
            }
        }
    }
}
