using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace FileMonitor.Diagnostics;

/// <summary>
/// The instruments on one meter <c>FileMonitor</c>, for all monitors that use it. docs/observability.md describes each, and a test compares it
/// with this list. Values that are counted anyway are only observed on collection. No tag is ever a path.
/// </summary>
/// <remarks>
/// One set for each meter, because collectors treat two instruments of one name as one: when the first of two meters is disposed, OpenTelemetry
/// ends both. The list of monitors is replaced under the lock and read without it.
/// </remarks>
internal sealed class MeterInstruments
{
    public const string MeterName = "FileMonitor";

    // Buckets for durations from milliseconds to minutes; the default buckets are for whole milliseconds.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private static readonly string[] StateNames = Names<MonitorState>();
    private static readonly string[] KindNames = Names<AuditEventKind>();
    private static readonly string[] CauseNames = Names<GapCause>();
    private static readonly string[] ReasonNames = Names<ReconcileReason>();
    private static readonly string[] ChecksumNames = Names<ChecksumStatus>();

    // The meter of a factory lives as long as its container; the meter without a factory as long as the process.
    private static readonly ConditionalWeakTable<Meter, MeterInstruments> Known = [];
    private static readonly Lazy<Meter> Own = new(static () => new Meter(MeterName));

    private readonly Lock _gate = new();
    private readonly Meter _meter;
    private ImmutableArray<MeasuredMonitor> _monitors = [];

    private MeterInstruments(Meter meter)
    {
        _meter = meter;
        Latency = Histogram("filemonitor.event.latency", "From the latest hint of a change to its delivery.");
        SettleLatency = Histogram("filemonitor.event.settle_latency", "From the end of the quiet period to delivery.");
        HashDuration = Histogram("filemonitor.hash.duration", "Reading and hashing one file, with the pauses between attempts.");
        ReconcileDuration = Histogram("filemonitor.reconcile.duration", "Comparing one root with the disk for one reason.");
        ObserveFlow();
        ObserveLevels();
        ObserveRecovery();
        ObserveConsumers();
        StoreInstruments.Observe(_meter, Measure<double>);
    }

    public Histogram<double> Latency { get; }

    public Histogram<double> SettleLatency { get; }

    public Histogram<double> HashDuration { get; }

    public Histogram<double> ReconcileDuration { get; }

    /// <summary>The instruments on the meter of a factory; without one, on that of the process.</summary>
    public static MeterInstruments On(IMeterFactory? factory) =>
        Known.GetValue(factory?.Create(new MeterOptions(MeterName)) ?? Own.Value, static meter => new MeterInstruments(meter));

    public void Add(MeasuredMonitor monitor)
    {
        lock (_gate)
        {
            _monitors = _monitors.Add(monitor);
        }
    }

    /// <summary>Removes a monitor: a meter that outlives it must not keep it alive, nor report for it.</summary>
    public void Remove(MeasuredMonitor monitor)
    {
        lock (_gate)
        {
            _monitors = _monitors.Remove(monitor);
        }
    }

    public static string NameOf(ChecksumStatus outcome) => ChecksumNames[(int)outcome];

    public static string NameOf(ReconcileReason reason) => ReasonNames[(int)reason];

    private void ObserveFlow()
    {
        CountBy("filemonitor.source.event", "{event}", "Hints received.", "filemonitor.source", now => now.Hints);
        Count("filemonitor.source.overflow", "{event}", "Losses a source reported.", now => now.Counters.SourceLosses);
        Count("filemonitor.source.restart", "{restart}", "Restarts of a source.", now => now.Counters.SourceRestarts);
        Count("filemonitor.event.coalesced", "{event}", "Hints merged into another about the same path.", now => now.Counters.Coalesced);
        Count("filemonitor.event.ignored", "{event}", "Hints left out by a pattern.", now => now.Counters.Ignored);
        Count("filemonitor.event.suppressed", "{event}", "Hints that changed nothing.", now => now.Counters.Suppressed);
        Count("filemonitor.event.transient", "{event}", "Files that came and went within one quiet period.", now => now.Counters.Transient);
        Count("filemonitor.event.dropped", "{event}", "Hints lost; each loss is also a gap.", now => now.Counters.Lost);
        CountBy("filemonitor.event.emitted", "{event}", "Events handed to sinks and readers.", "change.kind", now => ByName(KindNames, now.Emitted));
        Count("filemonitor.hash.io", "By", "Bytes read to be hashed.", now => now.Counters.ChecksumBytes);
    }

    private void ObserveLevels()
    {
        Level("filemonitor.event.pending", "{event}", "Hints received and not settled yet.", now => now.Counters.Pending);
        Level("filemonitor.queue.length", "{event}", "Hints between source and pipeline.", now => now.QueueLength);
        Level("filemonitor.queue.capacity", "{event}", "Hints that fit between source and pipeline.", now => now.QueueCapacity);
        Level("filemonitor.debounce.pending", "{path}", "Paths being debounced.", now => now.PendingPaths);
        Level("filemonitor.file.held", "{file}", "Files held back because they are not complete.", now => now.HeldFiles);
        Level("filemonitor.hash.read.usage", "{file}", "Files being read.", now => now.FilesBeingRead);
        Level("filemonitor.hash.read.limit", "{file}", "How many may be read at once.", now => now.MaxConcurrentReads);
        Level("filemonitor.hash.waiting", "{file}", "Files waiting to be read.", now => now.FilesWaitingToBeRead);
        Gauge("filemonitor.path.wait", "s", "How long the oldest waiting path has waited with nothing done for it.", now => now.OldestWait.TotalSeconds);
        Level("filemonitor.snapshot.entry", "{entry}", "Items known.", now => now.KnownItems);
        LevelBy("filemonitor.snapshot.memory", "By", "Approximate memory of the snapshots.", null, now => [("", now.SnapshotBytes)]);
        LevelBy("filemonitor.watch.usage", "{watch}", "Watches in use.", "filemonitor.source", now => now.Watches.Select(watch => (watch.Source, watch.Used)));
        LevelBy(
            "filemonitor.watch.limit",
            "{watch}",
            "Watches that the system allows this user.",
            "filemonitor.source",
            now => now.Watches.Where(watch => watch.Limit is not null).Select(watch => (watch.Source, watch.Limit!.Value)));
    }

    private void ObserveRecovery()
    {
        CountBy("filemonitor.gap.opened", "{gap}", "Gaps opened.", "filemonitor.gap.cause", now => ByName(CauseNames, now.GapsOpened));
        LevelBy("filemonitor.gap.open", "{gap}", "Gaps open.", "filemonitor.gap.cause", now => ByName(CauseNames, now.GapsOpen));
        CountBy(
            "filemonitor.reconcile.entry",
            "{entry}",
            "Directory entries read to be compared.",
            "filemonitor.reconcile.reason",
            now => Enum.GetValues<ReconcileReason>().Select(reason => (NameOf(reason), now.Reconciled.Entries(reason))));
        CountBy(
            "filemonitor.reconcile.discrepancy",
            "{item}",
            "Items that differed from the snapshot.",
            "filemonitor.reconcile.reason",
            now => Enum.GetValues<ReconcileReason>().Select(reason => (NameOf(reason), now.Reconciled.Discrepancies(reason))));
        Level("filemonitor.reconcile.pending", "{directory}", "Directories still to be scanned.", now => now.DirectoriesToReconcile);
        LevelBy(
            "filemonitor.root.status",
            "{root}",
            "Roots.",
            "filemonitor.root.state",
            now => [("available", now.Health.Roots.Count(root => root.IsAvailable)), ("lost", now.Health.Roots.Count(root => root.UnavailableSince is not null))]);
        Level("filemonitor.root.fallback", "{root}", "Roots watched by another source than the preferred one.", now => now.Roots.Count(root => root.SourceReason is not null));
        LevelBy(
            "filemonitor.monitor.state",
            "{monitor}",
            "1 for the state the monitor is in.",
            "filemonitor.state",
            now => Enum.GetValues<MonitorState>().Select(state => (StateNames[(int)state], now.Health.State == state ? 1L : 0)));
        Level("filemonitor.degradation.active", "{degradation}", "Conditions that last.", now => now.Degradations.Count);
    }

    private void ObserveConsumers()
    {
        CountBy("filemonitor.handler.handled", "{event}", "Events a handler has handled.", "filemonitor.handler", now => ByHandler(now, handler => handler.Handled));
        CountBy("filemonitor.handler.failure", "{failure}", "Calls of a handler that failed.", "filemonitor.handler", now => ByHandler(now, handler => handler.Failures));
        LevelBy("filemonitor.handler.lag", "{event}", "Events a handler has not handled.", "filemonitor.handler", now => ByHandler(now, handler => handler.Lag));
        LevelBy("filemonitor.handler.dead_letter", "{event}", "Events a handler failed to handle for good.", "filemonitor.handler", now => ByHandler(now, handler => handler.DeadLetters));
        CountBy("filemonitor.sink.written", "{event}", "Events a sink took.", "filemonitor.sink", now => BySink(now, sink => sink.Written));
        CountBy("filemonitor.sink.dropped", "{event}", "Events a sink did not get.", "filemonitor.sink", now => BySink(now, sink => sink.Dropped));
        CountBy("filemonitor.sink.batch", "{batch}", "Batches a sink took.", "filemonitor.sink", now => BySink(now, sink => sink.Batches));
        CountBy("filemonitor.sink.failure", "{failure}", "Calls that failed.", "filemonitor.sink", now => BySink(now, sink => sink.Failures));
        CountBy("filemonitor.sink.retry", "{retry}", "Calls made again after a failure.", "filemonitor.sink", now => BySink(now, sink => sink.Retries));
        LevelBy("filemonitor.sink.buffered", "{event}", "Events waiting for a sink.", "filemonitor.sink", now => BySink(now, sink => sink.Buffered));
        LevelBy("filemonitor.sink.circuit_open", "{circuit}", "1 while a failing sink is not called.", "filemonitor.sink", now => BySink(now, sink => sink.IsCircuitOpen ? 1 : 0));
        Level("filemonitor.reader.active", "{reader}", "Readers.", now => now.Readers.Count);
        Level("filemonitor.reader.lag", "{event}", "Events waiting for the reader that is furthest behind.", now => now.Readers.Select(reader => reader.Buffered).DefaultIfEmpty().Max());
        CountBy("filemonitor.reader.skipped", "{event}", "Events that slow readers missed.", null, now => [("", now.ReadersSkipped)]);
    }

    private static IEnumerable<(string Name, long Value)> ByHandler(MonitorReading now, Func<HandlerHealth, long> read) =>
        now.Health.Handlers.Select(handler => (handler.Name, read(handler)));

    private static IEnumerable<(string Name, long Value)> BySink(MonitorReading now, Func<SinkHealth, long> read) =>
        now.Health.Sinks.GroupBy(sink => sink.Name).Select(sinks => (sinks.Key, sinks.Sum(read)));

    private static IEnumerable<(string Name, long Value)> ByName(string[] names, IReadOnlyList<long> values) => names.Zip(values);

    private Histogram<double> Histogram(string name, string description) => _meter.CreateHistogram(name, "s", description, tags: null, Durations);

    private void Count(string name, string unit, string description, Func<MonitorHealth, long> read) =>
        CountBy(name, unit, description, null, now => [("", read(now.Health))]);

    private void Level(string name, string unit, string description, Func<MonitorHealth, long> read) =>
        LevelBy(name, unit, description, null, now => [("", read(now.Health))]);

    private void CountBy(string name, string unit, string description, string? tag, Func<MonitorReading, IEnumerable<(string Value, long Count)>> read) =>
        _meter.CreateObservableCounter(name, () => Measure(tag, read), unit, description);

    private void LevelBy(string name, string unit, string description, string? tag, Func<MonitorReading, IEnumerable<(string Value, long Count)>> read) =>
        _meter.CreateObservableUpDownCounter(name, () => Measure(tag, read), unit, description);

    private void Gauge(string name, string unit, string description, Func<MonitorHealth, double> read) =>
        _meter.CreateObservableGauge(name, () => Measure<double>(monitor => [new Measurement<double>(read(monitor.Read().Health), monitor.Name)]), unit, description);

    private List<Measurement<long>> Measure(string? tag, Func<MonitorReading, IEnumerable<(string Value, long Count)>> read) =>
        Measure(monitor => read(monitor.Read()).Select(
            one => tag is null ? new Measurement<long>(one.Count, monitor.Name) : new Measurement<long>(one.Count, monitor.Name, new(tag, one.Value))));

    private List<Measurement<T>> Measure<T>(Func<MeasuredMonitor, IEnumerable<Measurement<T>>> read)
        where T : struct
    {
        var measured = new List<Measurement<T>>();
        foreach (var monitor in _monitors)
        {
            try
            {
                measured.AddRange(read(monitor));
            }
            catch (Exception)
            {
                // The host's source is asked for its name and problems and may throw. The other monitors are measured all the same.
            }
        }

        return measured;
    }

    /// <summary>The names of an enumeration in snake case, by value: <c>RootLost</c> is <c>root_lost</c>.</summary>
    private static string[] Names<T>()
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        Debug.Assert(Enum.GetValues<T>().Select((value, place) => Convert.ToInt32(value, null) == place).All(static holds => holds), "Values are places.");
        return [.. names.Select(name => string.Concat(name.Select((letter, at) => char.IsUpper(letter) ? (at > 0 ? "_" : "") + char.ToLowerInvariant(letter) : letter.ToString())))];
    }
}
