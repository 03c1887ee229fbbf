using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FileMonitor.Diagnostics;

/// <summary>
/// The instruments of one monitor on the meter <c>FileMonitor</c>; docs/observability.md describes each, and a test holds it to this list. What is
/// counted anyway is observed only when somebody asks; what is measured each time costs a check when nobody listens. No tag is ever a path.
/// </summary>
internal sealed class MonitorInstruments : IDisposable
{
    public const string MeterName = "FileMonitor";

    // As the field's advice for what takes milliseconds to minutes; the histogram's own default buckets are for milliseconds as whole numbers.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private static readonly string[] StateNames = Names<MonitorState>();
    private static readonly string[] KindNames = Names<AuditEventKind>();
    private static readonly string[] CauseNames = Names<GapCause>();
    private static readonly string[] ReasonNames = Names<ReconcileReason>();
    private static readonly string[] ChecksumNames = Names<ChecksumStatus>();

    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly KeyValuePair<string, object?> _name;
    private readonly Histogram<double> _latency;
    private readonly Histogram<double> _settleLatency;
    private readonly Histogram<double> _hashDuration;
    private readonly Histogram<double> _reconcileDuration;
    private volatile Func<MonitorReading>? _read;

    public MonitorInstruments(IMeterFactory? factory, string monitor, Func<MonitorReading> read)
    {
        _name = new("filemonitor.name", monitor);
        _read = read;

        // A meter from a factory is the factory's: the same one for every monitor of that container, disposed with it.
        _ownsMeter = factory is null;
        _meter = factory?.Create(new MeterOptions(MeterName)) ?? new Meter(MeterName);

        _latency = Histogram("filemonitor.event.latency", "From the latest hint of a change to its delivery.");
        _settleLatency = Histogram("filemonitor.event.settle_latency", "From the end of the quiet period to delivery.");
        _hashDuration = Histogram("filemonitor.hash.duration", "Reading and summing one file, with the pauses between attempts.");
        _reconcileDuration = Histogram("filemonitor.reconcile.duration", "Comparing with the disk all that was asked for of one root.");
        ObserveFlow();
        ObserveLevels();
        ObserveRecovery();
        ObserveConsumers();
    }

    /// <summary>Whether somebody wants to know how long files take.</summary>
    public bool TimesHashes => _hashDuration.Enabled;

    public void Emitted(AuditEvent auditEvent, DateTimeOffset now)
    {
        Record(_latency, now - auditEvent.OccurredAt, [_name]);
        Record(_settleLatency, now - auditEvent.SettledAt, [_name]);
    }

    public void Hashed(ChecksumStatus outcome, TimeSpan took) =>
        Record(_hashDuration, took, [_name, new("filemonitor.hash.outcome", NameOf(outcome))]);

    public void Reconciled(ReconcileReason reason, TimeSpan took) =>
        Record(_reconcileDuration, took, [_name, new("filemonitor.reconcile.reason", NameOf(reason))]);

    public void Dispose()
    {
        // A meter that outlives the monitor must not keep it alive, nor report for it.
        _read = null;
        if (_ownsMeter)
        {
            _meter.Dispose();
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
        Count("filemonitor.hash.io", "By", "Bytes read to be summed.", now => now.Counters.ChecksumBytes);
    }

    private void ObserveLevels()
    {
        Level("filemonitor.event.pending", "{event}", "Hints on their way.", now => now.Counters.Pending);
        Level("filemonitor.queue.length", "{event}", "Hints between source and pipeline.", now => now.QueueLength);
        Level("filemonitor.queue.capacity", "{event}", "How many fit there.", now => now.QueueCapacity);
        Level("filemonitor.debounce.pending", "{path}", "Paths being debounced.", now => now.PendingPaths);
        Level("filemonitor.hash.permit.usage", "{permit}", "Files being read.", now => now.PermitsInUse);
        Level("filemonitor.hash.permit.limit", "{permit}", "How many may be read at once.", now => now.Permits);
        Level("filemonitor.hash.waiting", "{file}", "Files waiting to be read.", now => now.WaitingForPermit);
        Level("filemonitor.snapshot.entry", "{entry}", "Items known.", now => now.KnownItems);
        LevelBy("filemonitor.snapshot.memory", "By", "About how much memory what is known takes.", null, now => [("", now.SnapshotBytes)]);
        LevelBy("filemonitor.watch.usage", "{watch}", "Watches in use.", "filemonitor.source", now => now.Watches.Select(watch => (watch.Source, watch.Used)));
        LevelBy(
            "filemonitor.watch.limit",
            "{watch}",
            "How many the system allows to this user.",
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
            "Items that were not as known.",
            "filemonitor.reconcile.reason",
            now => Enum.GetValues<ReconcileReason>().Select(reason => (NameOf(reason), now.Reconciled.Discrepancies(reason))));
        Level("filemonitor.reconcile.pending", "{directory}", "Directories still to be looked into.", now => now.DirectoriesToReconcile);
        LevelBy(
            "filemonitor.root.count",
            "{root}",
            "Roots.",
            "filemonitor.root.state",
            now => [("available", now.Health.Roots.Count(root => root.IsAvailable)), ("lost", now.Health.Roots.Count(root => !root.IsAvailable))]);
        Level("filemonitor.root.fallback", "{root}", "Roots watched by another source than was wanted.", now => now.Roots.Count(root => root.SourceReason is not null));
        LevelBy(
            "filemonitor.monitor.state",
            "{monitor}",
            "1 for the state the monitor is in.",
            "filemonitor.state",
            now => Enum.GetValues<MonitorState>().Select(state => (StateNames[(int)state], now.Health.State == state ? 1L : 0)));
        Level("filemonitor.degradation.count", "{degradation}", "Conditions that last.", now => now.Degradations.Count);
    }

    private void ObserveConsumers()
    {
        CountBy("filemonitor.sink.written", "{event}", "Events a sink took.", "filemonitor.sink", now => BySink(now, sink => sink.Written));
        CountBy("filemonitor.sink.dropped", "{event}", "Events a sink does not have.", "filemonitor.sink", now => BySink(now, sink => sink.Dropped));
        CountBy("filemonitor.sink.batch", "{batch}", "Batches a sink took.", "filemonitor.sink", now => BySink(now, sink => sink.Batches));
        CountBy("filemonitor.sink.failure", "{failure}", "Calls that failed.", "filemonitor.sink", now => BySink(now, sink => sink.Failures));
        CountBy("filemonitor.sink.retry", "{retry}", "Calls made again after a failure.", "filemonitor.sink", now => BySink(now, sink => sink.Retries));
        LevelBy("filemonitor.sink.buffered", "{event}", "Events waiting for a sink.", "filemonitor.sink", now => BySink(now, sink => sink.Buffered));
        LevelBy("filemonitor.sink.circuit_open", "{circuit}", "1 while a sink is left alone.", "filemonitor.sink", now => BySink(now, sink => sink.IsCircuitOpen ? 1 : 0));
        Level("filemonitor.reader.count", "{reader}", "Readers.", now => now.Readers.Count);
        Level("filemonitor.reader.lag", "{event}", "Events waiting for the reader that is furthest behind.", now => now.Readers.Select(reader => reader.Buffered).DefaultIfEmpty().Max());
        CountBy("filemonitor.reader.skipped", "{event}", "Events readers were not given because they did not read.", null, now => [("", now.ReadersSkipped)]);
    }

    private static void Record(Histogram<double> histogram, TimeSpan took, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!histogram.Enabled)
        {
            return;
        }

        try
        {
            histogram.Record(took.TotalSeconds, tags);
        }
        catch (Exception)
        {
            // Host code listens. Whatever it throws, the operation goes on.
        }
    }

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

    private Measurement<long>[] Measure(string? tag, Func<MonitorReading, IEnumerable<(string Value, long Count)>> read) => _read is not { } ask ? []
        : [.. read(ask()).Select(one => tag is null ? new Measurement<long>(one.Count, _name) : new Measurement<long>(one.Count, _name, new(tag, one.Value)))];

    /// <summary>The values of an enumeration in the field's spelling, at their places: <c>RootLost</c> is <c>root_lost</c>.</summary>
    private static string[] Names<T>()
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>();
        Debug.Assert(Enum.GetValues<T>().Select((value, place) => Convert.ToInt32(value, null) == place).All(static holds => holds), "Values are places.");
        return [.. names.Select(name => string.Concat(name.Select((letter, at) => char.IsUpper(letter) ? (at > 0 ? "_" : "") + char.ToLowerInvariant(letter) : letter.ToString())))];
    }
}
