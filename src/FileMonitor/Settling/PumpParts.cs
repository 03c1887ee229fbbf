using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Scanning;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>Creates and connects the parts of the pump, and holds what concerns several of them. Owner: the pump.</summary>
internal sealed class PumpParts
{
    public PumpParts(PumpSetup setup, CancellationToken abandon, CancellationToken giveUp)
    {
        var (options, time) = (setup.Options, setup.Time);
        long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * time.TimestampFrequency);
        Signal = setup.Signal;
        var rate = new EventRate(options.MaxEventsPerSecond, time.TimestampFrequency);
        var hold = new ActorHold(time, setup.HintedUpTo, setup.LongestActorHold);
        Context = new SettleContext
        {
            Snapshots = new PerRoot<Snapshot>(Snapshot.LostOf),
            Files = setup.Files,
            Looks = PlainTurnView.Of(setup.Files),
            Rules = new SettleRules(options, setup.WatchesAnyName),
            Texts = setup.Texts,
            Debouncer = new Debouncer(options.Queue.MaxPendingPaths, time.TimestampFrequency),
            Reconciler = new Reconciler(
                setup.Files,
                setup.Signal.SetForResult,
                options.Recovery.EntriesPerSecond,
                time,
                setup.Hooks.Reconciled),
            Counters = new PipelineCounters(),
            Events = new AuditEventBuilder(setup.Monitor, time),
            Outbox = new Outbox(setup.TryWrite, rate, hold, setup.Hooks.Turns, setup.Recorder),
            Time = time,
            GivenUp = giveUp,
            Progress = new SettleProgress(),
        };
        Gate = new ChecksumGate(options.Checksum.Concurrency, setup.Read, setup.Signal, time, abandon);

        var uncovered = new UncoveredDirectories(Ticks(options.Polling.Interval), Ticks(TimeSpan.FromMinutes(1)));
        Arriving = new ArrivingRoots(Context);
        Intake = new HintIntake(setup.Inbox, Context, Arriving, hold);
        Gaps = new GapTracker(Context, uncovered, setup.Logger, setup.LastGapNumber);
        Coverage = new Coverage(Context, Gaps, uncovered, setup.Hooks, setup.Logger);
        Roots = new RootPresence(Context, Gaps, Coverage, setup.Hooks, setup.Logger);
        Held = new HeldFiles(Context, keepsAtStop: setup.Recorder is not null);
        Readings = new PumpReadings(Context, Gate, Gaps, Held);
        Room = new StreamRoom(Context, Intake, Readings, setup.Signal);

        var (goneNames, movedDirectories) = (new GoneNames(), new MovedDirectories());
        Retries = new ReadRetries(Context);
        var items = new ItemChanges(Context, Coverage, Retries, Room, goneNames);
        var moves = new ItemMoves(Context, items, goneNames, movedDirectories);
        var unread = new UnreadFiles(Context, moves);
        Reading = new FilesBeingRead(Context, Gate, items);
        Results = new ContentResults(Context, Reading, items, Retries, unread, Intake, Held);
        GoneWrites = new WritesToGoneNames(Context, goneNames);
        PutOffs = new PutOffs(Context, Held);

        var finder = new PlaceFinder(Context, PutOffs, Intake, movedDirectories, new LookBudget(time.TimestampFrequency, setup.MostLooks));
        var renames = new RenameRules(Context, finder, PutOffs, items, moves);
        var classifier = new ChangeClassifier(Context, items, moves, Reading, PutOffs, Roots, GoneWrites);
        Order = new ChangeOrder(Context, classifier, renames, finder, PutOffs, Results, Coverage);
        Listings = new ListingComparison(Context, Order, Roots, Coverage, Gaps);
        Pace = new EventPace(Context, rate, Reading);
        Baseline = new BaselineFeed(Context, Gate, Results, unread, Coverage, Pace);
        Unread = unread;
        Requests = new PumpRequests(Context);
    }

    public PumpSignal Signal { get; }

    public SettleContext Context { get; }

    public ArrivingRoots Arriving { get; }

    public ChecksumGate Gate { get; }

    public HintIntake Intake { get; }

    public GapTracker Gaps { get; }

    public Coverage Coverage { get; }

    public RootPresence Roots { get; }

    public PumpReadings Readings { get; }

    public StreamRoom Room { get; }

    public ReadRetries Retries { get; }

    public FilesBeingRead Reading { get; }

    public HeldFiles Held { get; }

    public ContentResults Results { get; }

    public WritesToGoneNames GoneWrites { get; }

    public PutOffs PutOffs { get; }

    public ChangeOrder Order { get; }

    public ListingComparison Listings { get; }

    public EventPace Pace { get; }

    public BaselineFeed Baseline { get; }

    public UnreadFiles Unread { get; }

    public PumpRequests Requests { get; }

    /// <summary>The next due time of all parts; <see cref="long.MaxValue"/> when nothing is due.</summary>
    public long NextDue
    {
        get
        {
            ReadOnlySpan<long?> times =
            [
                Context.Debouncer.NextDue, Retries.NextDue, Unread.NextDue, PutOffs.NextDue, Held.NextDue, Reading.NextOverdue, GoneWrites.NextDue, Gate.NextDue, Context.Reconciler.NextDue,
                Coverage.NextLook, Gaps.NextClosing,
            ];
            var earliest = long.MaxValue;
            foreach (var time in times)
            {
                earliest = Math.Min(earliest, time ?? long.MaxValue);
            }

            return earliest;
        }
    }

    /// <summary>Whether everything that the running flush waits for is settled and passed to the stream.</summary>
    public bool IsFlushed =>
        Intake.HintsToAwait == 0 && Context.Progress.Awaited <= 0 && Context.Reconciler.HasDone(Context.Progress.AwaitedTicket) && !Gaps.HasUnreported && !IsBaselineOwed;

    /// <summary>Whether baseline events are missing that were asked for (<c>Report.Baseline</c>). A flush waits for them.</summary>
    private bool IsBaselineOwed => Baseline.IsOwing || Reading.IsReadingForBaseline;

    /// <summary>A flush begins: it waits for everything that is pending now.</summary>
    public void MarkAwaited()
    {
        var now = Context.Time.GetTimestamp();
        GoneWrites.LookIntoDue(now, all: true);
        Coverage.LookIntoAllUncovered(now);
        Intake.BeginFlush();
        Context.Progress.BeginFlush(Context.Reconciler.LatestTicket, Context.Debouncer.AwaitAll());
        PutOffs.AwaitAll();
        Held.AwaitAll();
        Reading.AwaitAll();
        Retries.RetryDue(now, all: true, isAwaited: true);
        Baseline.QueueUnread(now);
    }

    /// <summary>A flush timed out: emits what is known of the files that it waits for.</summary>
    /// <returns>Sentences about what was not reached.</returns>
    public IReadOnlyList<string> EmitUnreached()
    {
        var unreached = new List<string>(Reading.EmitUnreached());
        Add(unreached, Context.Progress.Awaited + Intake.HintsToAwait - Reading.AwaitedInWork, "hints are not settled.");
        Add(unreached, Context.Reconciler.HasDone(Context.Progress.AwaitedTicket) ? 0 : Context.Reconciler.Count, "directories are not compared.");
        Add(unreached, Baseline.Owed, "items of the baseline are not reported.");
        return unreached;
    }

    private static void Add(List<string> unreached, long count, string what)
    {
        if (count > 0)
        {
            unreached.Add(FormattableString.Invariant($"{count:N0} {what}"));
        }
    }
}
