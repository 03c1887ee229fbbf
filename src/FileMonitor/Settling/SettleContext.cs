using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// What those share who settle changes: the snapshots, the disk, the hints that are pending, and where events go. Owner: the pump.
/// </summary>
internal sealed class SettleContext
{
    private const int MaxClockReads = 3;

    private static readonly TimeSpan LongestClockRead = TimeSpan.FromMilliseconds(1);

    private List<PendingChange> _next = [];
    private PendingChange? _seenFor;
    private FileStatus _seen;

    /// <summary>What is known of each root, by its index.</summary>
    public required IReadOnlyList<Snapshot> Snapshots { get; init; }

    /// <summary>The disk.</summary>
    public required IFileView Files { get; init; }

    /// <summary>The disk, as long as no hint is taken.</summary>
    public required ITurnView Looks { get; init; }

    public required SettleRules Rules { get; init; }

    public required Debouncer Debouncer { get; init; }

    public required Reconciler Reconciler { get; init; }

    public required PipelineCounters Counters { get; init; }

    public required AuditEventBuilder Events { get; init; }

    public required Outbox Outbox { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Signalled when a stop gives up.</summary>
    public required CancellationToken GivenUp { get; init; }

    /// <summary>What flushes and open gaps wait for.</summary>
    public required SettleProgress Progress { get; init; }

    /// <summary>Set when the monitor stops: nothing waits for a quiet period any more, and a file that could not be read is not tried again.</summary>
    public bool IsStopping { get; set; }

    /// <summary>The listing that is being compared, and the change that is settled because of it; null when none is.</summary>
    public (Listing Listing, PendingChange For)? Comparing { get; private set; }

    /// <summary>Hints were taken, or nothing is judged for now: what the disk showed is asked anew.</summary>
    public void EndTurn() => Looks.EndTurn();

    /// <summary>Whether an exception says that the stop gave up; a host's own cancellation does not.</summary>
    public bool IsGivenUp(Exception exception) => exception is OperationCanceledException cancelled && cancelled.CancellationToken == GivenUp;

    public Occurrence OccurrenceOf(PendingChange change, DateTimeOffset settledAt)
    {
        // Back from now, not from when it was settled: reading the file took its time since.
        var (utcNow, now) = ReadClocks();
        var hints = change.HasEmitted ? 0 : change.Hints;
        return new Occurrence(
            change.Origin,
            change.Origin == AuditEventOrigin.Live ? hints : 0,
            utcNow - Time.GetElapsedTime(change.FirstAt, now),
            utcNow - Time.GetElapsedTime(change.LastAt, now),
            settledAt,
            change.Actor,
            change.HasOtherActors);
    }

    /// <summary>The time of day and the timestamp of one moment: between the two questions the thread may have been kept waiting.</summary>
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

    /// <summary>What the disk shows for a change; looked up once while nothing else is settled in between.</summary>
    public FileStatus Look(Snapshot snapshot, PendingChange change)
    {
        if (_seenFor != change)
        {
            _seen = Looks.GetStatus(snapshot.Root.PhysicalPath, change.Path);
            if (_seen is { IsFound: true, ItemType: ItemType.SymbolicLink })
            {
                // Both of one and the same link: between two looks it may leave, or become another.
                var target = Files.GetLinkTarget(snapshot.Root.PhysicalPath, change.Path, out var link);
                _seen = link with { LinkTarget = target };
            }

            _seenFor = change;
        }

        return _seen;
    }

    /// <summary>What is pending about a path, or a change of our own that looks at it on behalf of another.</summary>
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

    /// <summary>A change that the monitor gives itself and settles without a pause. It is counted like any other.</summary>
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

    /// <summary>A hint that the monitor gives itself. It is received like any other, so that the counters balance over all of them.</summary>
    /// <param name="root">The root.</param>
    /// <param name="path">The path below it.</param>
    /// <param name="kind">Look; or Modified, to have the content read whatever the metadata say.</param>
    /// <param name="origin">What events that come of it will say.</param>
    /// <param name="isAwaited">Whether a flush waits for what it follows from.</param>
    /// <param name="isHealing">Whether it follows from a comparison after a loss.</param>
    /// <param name="isFinished">Whether nobody writes the file.</param>
    public void AddOwnHint(MonitoredRoot root, string path, FileChangeKind kind, AuditEventOrigin origin, bool isAwaited, bool isHealing, bool isFinished = false)
    {
        Counters.Current.Own++;
        Counters.Current.Pending++;
        Progress.Hinted(root, isAwaited, isHealing);
        Debouncer.Add(new FileChange(kind, root, path) { ReceivedAt = Time.GetTimestamp(), Origin = origin, IsOwn = true, IsAwaited = isAwaited, IsHealing = isHealing, IsFinished = isFinished });
    }

    /// <summary>Has a directory looked into because of a change, or because of what the listing showed that is being compared.</summary>
    public void LookInto(Snapshot snapshot, SnapshotEntry directory, DirectoryLook look, PendingChange? change)
    {
        if (Comparing is { } comparing && change == comparing.For)
        {
            // What comes to light by a comparison belongs to it, with everything below.
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

    // What a source compares because it cannot watch belongs to the gap that says so.
    public static bool IsHealing(Listing listing) => (listing.Look & (DirectoryLook.Reconcile | DirectoryLook.Compare)) != 0;

    /// <summary>Whether the path of a directory cannot be given to a source that knows names only as text.</summary>
    public static bool IsUnwatchable(SnapshotEntry directory) => PathText.BytesIfNotUtf8(Snapshot.PathOf(directory)) is not null;

    /// <summary>A change is settled because of a listing: what is asked for meanwhile follows from it.</summary>
    public void BeginComparing(Listing listing, PendingChange change) => (Comparing, Reconciler.Comparing) = ((listing, change), listing);

    public void EndComparing() => (Comparing, Reconciler.Comparing) = (null, null);

    /// <summary>What was seen for a change is asked anew: something was settled since.</summary>
    public void ForgetSeen() => _seenFor = null;

    /// <summary>A change that follows from the one that is being settled, and is settled next.</summary>
    public void SettleNext(PendingChange change) => _next.Add(change);

    /// <summary>Takes what is to be settled next, in order.</summary>
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
