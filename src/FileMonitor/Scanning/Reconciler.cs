using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Scanning;

/// <summary>
/// Queues the directories that must be scanned and has one worker read them, one after the other; the pump compares the listings with the
/// snapshot. Owner: the pump. The worker owns a listing until it hands it over.
/// </summary>
/// <remarks>
/// New directories come first and at once, because no hint names their contents. Then directories with losses, then those requested by a timer,
/// both within a budget. The queues hold entries of the snapshots, each at most once per urgency, so they are never larger than the snapshots.
/// New directories are handed to the worker several at a time, because handing over one costs more than reading it.
/// </remarks>
/// <param name="files">Reads directories.</param>
/// <param name="wake">Called by the worker when a listing is ready, with whether another follows at once.</param>
/// <param name="entriesPerSecond">The budget for directories that are not new.</param>
/// <param name="time">The clock.</param>
/// <param name="ended">Called for each finished comparison.</param>
internal sealed class Reconciler(
    IFileView files, Action<bool> wake, int entriesPerSecond, TimeProvider time, Action<ReconcileEpisode> ended)
{
    private const int MostAhead = 32;

    private readonly Queue<(Snapshot Snapshot, SnapshotEntry Directory, long Ticket)> _urgent = new();
    private readonly LookGenerations _generations = new();
    private readonly PerRoot<RootReconciliation> _byRoot = new(_ => new RootReconciliation(time.TimestampFrequency, ended));
    private readonly ReconcileBudget _budget = new(entriesPerSecond, time.TimestampFrequency);

    // The listings in the order in which they are read. The worker takes from _toRead and adds to _finished.
    private readonly Queue<Listing> _reading = new();
    private readonly ConcurrentQueue<Listing> _toRead = new();
    private readonly ConcurrentQueue<Listing> _finished = new();
    private int _isWorking;
    private ReconcileTotals _totals;
    private int _turn;

    /// <summary>The totals so far.</summary>
    public ReconcileTotals Totals => _totals;

    /// <summary>How many directories wait or are being read.</summary>
    public int Count => _urgent.Count + _byRoot.All.Sum(static root => root.Queued) + _reading.Count;

    public bool IsIdle => _reading.Count == 0 && _urgent.Count == 0 && Array.TrueForAll(_byRoot.All, static root => root.Queued == 0 && root.IsDone);

    /// <summary>The generation of new requests that do not follow from earlier ones.</summary>
    public long LatestGeneration => _generations.Latest;

    /// <summary>Whether a missing item of a root may be found by a scan of a generation or an earlier one.</summary>
    public bool IsLookingFor(MonitoredRoot root, long generation) =>
        _generations.HasAny(root, generation)
        || _byRoot[root].Lost.Count > 0
        || (_byRoot[root].Timed.TryPeek(out var next) && IsWithoutHints(next.Directory.Look))
        || (_reading.TryPeek(out var current) && current.Snapshot.Root == root && IsWithoutHints(current.Look));

    /// <summary>Whether no hint says where an item went that is not at its place: hints were lost, or a polling source looks.</summary>
    private static bool IsWithoutHints(DirectoryLook look) => LevelOf(look) == 1 || look.HasFlag(DirectoryLook.Compare);

    /// <summary>Starts the next generation for requests that do not follow from earlier ones.</summary>
    public long CloseGeneration() => _generations.Close();

    /// <summary>Whether a scan is under way or comes soon, in which a missing item may be found.</summary>
    public bool IsLooking => _reading.Count > 0 || _urgent.Count > 0 || Array.Exists(_byRoot.All, static root => root.Lost.Count > 0);

    /// <summary>When a directory that waits for the budget or a pause may be read; null when none waits.</summary>
    public long? NextDue { get; private set; }

    /// <summary>Set while a flush or a stop waits: directories with losses are read without budget and pauses.</summary>
    public bool IsHurried { get; set; }

    /// <summary>The listing that is being compared: requests made meanwhile follow from it.</summary>
    public Listing? Comparing { get; set; }

    /// <summary>The number of the latest request.</summary>
    public long LatestTicket { get; private set; }

    /// <summary>Requests the scan of a directory. Reasons add up.</summary>
    public void Request(Snapshot snapshot, SnapshotEntry directory, DirectoryLook look)
    {
        var known = directory.Look;
        if (snapshot.IsLost || (known & look) == look)
        {
            return;
        }

        directory.Look = known | look;
        var root = _byRoot[snapshot.Root];
        root.Count(look & ~known, time.GetTimestamp());
        if (known == DirectoryLook.None || LevelOf(look) < LevelOf(known))
        {
            // An earlier place in a later queue stays, and is skipped when its turn comes.
            var request = (snapshot, directory, ++LatestTicket);
            (LevelOf(look) switch { 0 => _urgent, 1 => root.Lost, _ => root.Timed }).Enqueue(request);
            if (LevelOf(look) == 0)
            {
                _generations.Add(snapshot.Root, request.Item3, Comparing);
            }
        }
    }

    /// <summary>Hands the next directory to the worker if none is being read, and further new directories as long as only new ones are read.</summary>
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
                _byRoot[next.Snapshot.Root].Uncount(look, time.GetTimestamp());
                _generations.Remove(next.Snapshot.Root, next.Ticket);
                continue;
            }

            var listing = new Listing(next.Snapshot, next.Directory, Snapshot.PathOf(next.Directory), look, next.Ticket);
            _reading.Enqueue(listing);
            _toRead.Enqueue(listing);
        }

        if (!_toRead.IsEmpty && Interlocked.Exchange(ref _isWorking, 1) == 0)
        {
            // Not awaited: Read catches everything, so Work always hands the listing over, and the pump waits for that.
            _ = Task.Run(Work);
        }
    }

    /// <summary>Takes the next listing. It counts as being read until <see cref="Done"/>, so that nothing considers the scan finished.</summary>
    public bool TryTakeListing([NotNullWhen(true)] out Listing? listing) => _finished.TryDequeue(out listing);

    /// <summary>The listing was compared.</summary>
    public void Done(Listing listing)
    {
        var now = time.GetTimestamp();
        _totals.AddEntries(ReasonOf(listing.Look), listing.Items.Count);
        _byRoot[listing.Snapshot.Root].Read(listing.Look, listing.Items.Count);
        if (LevelOf(listing.Look) > 0)
        {
            _budget.Spend(listing.Items.Count + 1, now);
        }

        _byRoot[listing.Snapshot.Root].Uncount(listing.Look, now);
        _generations.Remove(listing.Snapshot.Root, listing.Ticket);
        _reading.TryDequeue(out _);
    }

    /// <summary>Counts an item of the listing that differs from the snapshot.</summary>
    public void NoteDiscrepancy(Listing listing)
    {
        _totals.AddDiscrepancy(ReasonOf(listing.Look));
        _byRoot[listing.Snapshot.Root].Differ(listing.Look);
    }

    /// <summary>
    /// Notes a known item that was not found at its place. It may have been moved to a directory that is still to be read, so it is looked at
    /// again only when the comparison is finished.
    /// </summary>
    public void NoteMissing(Listing listing, SnapshotEntry entry) =>
        (_byRoot[listing.Snapshot.Root] is var root && listing.Look.HasFlag(DirectoryLook.Reconcile) ? root.MissingLost : root.MissingTimed).Add((entry, listing.Origin));

    /// <summary>Whether an item was missing in a finished comparison.</summary>
    public bool HasMissing => Array.Exists(_byRoot.All, static root => root.HasMissing);

    /// <summary>Takes an item that was missing in a finished comparison.</summary>
    public bool TryTakeMissing(MonitoredRoot root, out (SnapshotEntry Entry, AuditEventOrigin Origin, bool IsHealing) missing) =>
        _byRoot[root].TryTakeMissing(out missing);

    /// <summary>Whether every scan requested because of losses is finished.</summary>
    public bool HasHealed(MonitoredRoot root) => _byRoot[root].HasHealed;

    /// <summary>Whether every scan requested by a timer is finished.</summary>
    public bool HasCompared(MonitoredRoot root) => _byRoot[root].HasCompared;

    /// <summary>Whether every request up to a ticket is finished; requests of timers do not count.</summary>
    public bool HasDone(long ticket) =>
        !_reading.Any(one => one.Ticket <= ticket && one.Look != DirectoryLook.None && LevelOf(one.Look) < 2)
        && !(_urgent.TryPeek(out var urgent) && urgent.Ticket <= ticket)
        && Array.TrueForAll(_byRoot.All, root => !(root.Lost.TryPeek(out var lost) && lost.Ticket <= ticket) && root.MissingLost.Count == 0);

    /// <summary>The root is removed. What is being read of it finds a lost root.</summary>
    public void Remove(MonitoredRoot root)
    {
        _byRoot[root].Clear();
        _byRoot.Remove(root);
        _generations.Remove(root);
    }

    /// <summary>The monitor is stopping: drops the requests of timers.</summary>
    public void AbandonTimed() => Array.ForEach(_byRoot.All, static root => root.ClearTimed());

    /// <summary>Gives up all requests; returns how many directories were not scanned.</summary>
    public int Abandon()
    {
        var count = Count;
        RootReconciliation.Clear(_urgent);
        _generations.Clear();
        _reading.Clear();
        _toRead.Clear();
        Array.ForEach(_byRoot.All, static root => root.Clear());
        return count;
    }

    // The budget is charged when a listing was compared, so a directory that needs budget is read alone.
    private bool HasRoom => !_reading.TryPeek(out var first) || (LevelOf(first.Look) == 0 && _urgent.Count > 0 && _reading.Count < MostAhead);

    private static int LevelOf(DirectoryLook look) =>
        look.HasFlag(DirectoryLook.Discover) ? 0 : look.HasFlag(DirectoryLook.Reconcile) ? 1 : 2;

    // The reasons are in the order of the levels.
    private static ReconcileReason ReasonOf(DirectoryLook look) => (ReconcileReason)LevelOf(look);

    private bool TryTakeNext(long now, out (Snapshot Snapshot, SnapshotEntry Directory, long Ticket) next)
    {
        if (_urgent.TryDequeue(out next))
        {
            return true;
        }

        // The roots take turns, so that a large one does not keep the others waiting.
        var roots = _byRoot.All;
        for (var step = 1; step <= roots.Length; step++)
        {
            var index = (_turn + step) % roots.Length;
            var root = roots[index];
            if (root.Lost.TryPeek(out var lost)
                && MayRead(IsHurried || lost.Directory.Look.HasFlag(DirectoryLook.Offline) ? now : Math.Max(_budget.NextAt(now), root.NotBefore), now))
            {
                _turn = index;
                return root.Lost.TryDequeue(out next);
            }
        }

        for (var step = 1; step <= roots.Length; step++)
        {
            var index = (_turn + step) % roots.Length;
            if (roots[index].Timed.Count > 0 && MayRead(_budget.NextAt(now), now))
            {
                _turn = index;
                return roots[index].Timed.TryDequeue(out next);
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
            if (listing.IsOfNewDirectory && listing.Snapshot.Root.Settings is { DetectWriters: true } settings && settings.FinishedDelay < settings.QuietPeriod)
            {
                FindFinished(listing);
            }
        }
        catch (Exception)
        {
            // A host's IFileView may throw; the directory is then reported as not readable.
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
