using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Shared by the parts that settle changes: the snapshots, the disk, the pending hints and the outbox. Owner: the pump.
/// </summary>
internal sealed class SettleContext
{
    private const int MaxClockReads = 3;

    private static readonly TimeSpan LongestClockRead = TimeSpan.FromMilliseconds(1);

    private List<PendingChange> _next = [];
    private PendingChange? _seenFor;
    private FileStatus _seen;

    /// <summary>The snapshots of the roots. That of a root that was removed is lost.</summary>
    public required PerRoot<Snapshot> Snapshots { get; init; }

    /// <summary>The disk.</summary>
    public required IFileView Files { get; init; }

    /// <summary>The disk, cached for a turn: until hints are taken.</summary>
    public required ITurnView Looks { get; init; }

    public required SettleRules Rules { get; init; }

    /// <summary>Compares small text files; null when that was not asked for.</summary>
    public TextDiffs? Texts { get; init; }

    public required Debouncer Debouncer { get; init; }

    public required Reconciler Reconciler { get; init; }

    public required PipelineCounters Counters { get; init; }

    public required AuditEventBuilder Events { get; init; }

    public required Outbox Outbox { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Cancelled when a stop gives up.</summary>
    public required CancellationToken GivenUp { get; init; }

    /// <summary>Counts what flushes and open gaps wait for.</summary>
    public required SettleProgress Progress { get; init; }

    /// <summary>Set when the monitor stops: changes do not wait for the quiet period, and failed reads are not retried.</summary>
    public bool IsStopping { get; set; }

    /// <summary>The listing that is being compared and the change settled because of it; null when there is none.</summary>
    public (Listing Listing, PendingChange For)? Comparing { get; private set; }

    /// <summary>Ends the turn of the cached view: hints were taken, or nothing is settled for now.</summary>
    public void EndTurn() => Looks.EndTurn();

    /// <summary>Whether an exception means that the stop gave up. A host's own cancellation does not.</summary>
    public bool IsGivenUp(Exception exception) => exception is OperationCanceledException cancelled && cancelled.CancellationToken == GivenUp;

    public Occurrence OccurrenceOf(PendingChange change, DateTimeOffset settledAt)
    {
        // Calculate back from now and not from settledAt, because the file was read in between.
        var (utcNow, now) = ReadClocks();
        var hints = change.HasEmitted ? 0 : change.Hints;
        if (change.Actors.Latest is not null)
        {
            // What came since it was taken may be in the event.
            change.Actors.NoteOther(Debouncer.Peek(change.Root, change.Path)?.Actors.Latest);
        }

        return new Occurrence(
            change.Origin,
            change.Origin == AuditEventOrigin.Live ? hints : 0,
            utcNow - Time.GetElapsedTime(change.FirstAt, now),
            utcNow - Time.GetElapsedTime(change.LastAt, now),
            settledAt,
            change.Actors.For(change.Origin));
    }

    /// <summary>Reads the time of day and the timestamp of one moment. Repeats when the thread was interrupted between the two.</summary>
    private (DateTimeOffset UtcNow, long Timestamp) ReadClocks()
    {
        var tries = 0;
        while (true)
        {
            var timestamp = Time.GetTimestamp();
            var utcNow = Time.GetUtcNow();
            if (++tries == MaxClockReads || Time.GetElapsedTime(timestamp) < LongestClockRead)
            {
                return (utcNow, timestamp);
            }
        }
    }

    public void Emit(PendingChange? change, Snapshot snapshot, AuditEvent auditEvent)
    {
        change?.HasEmitted = true;
        Progress.Found(snapshot.Root, change is { Healing: > 0 } || auditEvent.Origin == AuditEventOrigin.Reconciled);
        Outbox.Add(auditEvent);
    }

    public long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * Time.TimestampFrequency);

    /// <summary>The status of a change's path on disk; read once while nothing else is settled.</summary>
    public FileStatus Look(Snapshot snapshot, PendingChange change)
    {
        if (_seenFor != change)
        {
            _seen = Looks.GetStatus(snapshot.Root.PhysicalPath, change.Path);
            if (_seen is { IsFound: true, ItemType: ItemType.SymbolicLink })
            {
                // Get target and status from the same link: it may be replaced between two calls.
                var target = Files.GetLinkTarget(snapshot.Root.PhysicalPath, change.Path, out var link);
                _seen = link with { LinkTarget = target };
            }

            _seenFor = change;
        }

        return _seen;
    }

    /// <summary>Adds the extended attributes to the status of an item, where the root reports changes of them and they may have changed.</summary>
    public FileStatus WithExtended(Snapshot snapshot, string path, in FileStatus status, SnapshotEntry? known = null) => ExtendedReading.Complete(Files, snapshot.Root, path, status, known);

    /// <summary>Whether anybody has a file open for writing. Asked only where the root reports complete files, because it costs opening the file.</summary>
    public FileWriters AskWriters(Snapshot snapshot, string path) =>
        snapshot.Root.Settings is { ReportWhen: ReportWhen.Closed, DetectWriters: true } ? Files.GetWriters(snapshot.Root.PhysicalPath, path) : FileWriters.Unknown;

    /// <summary>Takes the pending change of a path, or makes a change of the monitor's own on behalf of another.</summary>
    public PendingChange TakeOrMake(Snapshot snapshot, string path, PendingChange onBehalfOf)
    {
        if (Debouncer.TryTake(snapshot.Root, path, out var pending))
        {
            return pending;
        }

        var own = OwnChange(snapshot.Root, path, PendingHints.Look, onBehalfOf);
        own.IsAsked = true;
        return own;
    }

    /// <summary>Makes a change of the monitor's own that is settled without a quiet period. Counted like any other.</summary>
    public PendingChange OwnChange(MonitoredRoot root, string path, PendingHints kinds, PendingChange onBehalfOf)
    {
        var (isAwaited, isHealing) = (onBehalfOf.Awaited > 0, onBehalfOf.Healing > 0);
        Counters.Current.Own++;
        Counters.Current.Pending++;
        Progress.Hinted(root, isAwaited, isHealing);
        var now = Time.GetTimestamp();
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
            LastNumber = Debouncer.LastNumber,
        };
    }

    /// <summary>Adds a hint of the monitor's own. Counted as received, so that the counters balance.</summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The path below it.</param>
    /// <param name="kind">Look; or Modified, to have the content read even if the metadata are the same.</param>
    /// <param name="origin">The origin of the resulting events.</param>
    /// <param name="isAwaited">Whether a flush waits for the change that it follows from.</param>
    /// <param name="isHealing">Whether it follows from a comparison after a loss.</param>
    /// <param name="isFinished">Whether nobody writes the file.</param>
    public void AddOwnHint(MonitoredRoot root, string path, FileChangeKind kind, AuditEventOrigin origin, bool isAwaited, bool isHealing, bool isFinished = false)
    {
        Counters.Current.Own++;
        Counters.Current.Pending++;
        Progress.Hinted(root, isAwaited, isHealing);
        Debouncer.Add(new FileChange(kind, root, path) { ReceivedAt = Time.GetTimestamp(), Origin = origin, IsOwn = true, IsAwaited = isAwaited, IsHealing = isHealing, IsFinished = isFinished });
    }

    /// <summary>Requests the scan of a directory because of a change, or because of the listing that is being compared.</summary>
    public void LookInto(Snapshot snapshot, SnapshotEntry directory, DirectoryLook look, PendingChange? change)
    {
        if (Comparing is { } comparing && change == comparing.For)
        {
            // Items found by a comparison belong to it, with everything below.
            look = (comparing.Listing.Look & ~DirectoryLook.Tree) | (look & DirectoryLook.Tree);
        }
        else if (change is { Origin: AuditEventOrigin.Offline })
        {
            look |= DirectoryLook.Reconcile | DirectoryLook.Offline;
        }
        else if (change is { Healing: > 0 })
        {
            look |= DirectoryLook.Reconcile;
        }

        Reconciler.Request(snapshot, directory, look);
        Progress.Extend(change is { Awaited: > 0 }, Reconciler.LatestTicket);
    }

    public bool IsAwaited(Listing listing) => listing.Ticket <= Progress.AwaitedTicket;

    // A comparison that a source requests for an uncovered directory belongs to the gap of that directory.
    public static bool IsHealing(Listing listing) => (listing.Look & (DirectoryLook.Reconcile | DirectoryLook.Compare)) != 0;

    /// <summary>Whether a source that has names as text only cannot watch the directory.</summary>
    public static bool IsUnwatchable(SnapshotEntry directory) => PathText.BytesIfNotUtf8(Snapshot.PathOf(directory)) is not null;

    /// <summary>A change is settled because of a listing: requests made meanwhile follow from the listing.</summary>
    public void BeginComparing(Listing listing, PendingChange change) => (Comparing, Reconciler.Comparing) = ((listing, change), listing);

    public void EndComparing() => (Comparing, Reconciler.Comparing) = (null, null);

    /// <summary>Drops the status read by <see cref="Look"/>: another change was settled.</summary>
    public void ForgetSeen() => _seenFor = null;

    /// <summary>Queues a change that follows from the one being settled; it is settled next.</summary>
    public void SettleNext(PendingChange change) => _next.Add(change);

    /// <summary>Takes the queued changes, in order.</summary>
    public IReadOnlyList<PendingChange> TakeNext()
    {
        if (_next.Count == 0)
        {
            return [];
        }

        var next = _next;
        _next = [];
        return next;
    }
}
