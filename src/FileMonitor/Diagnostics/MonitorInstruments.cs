using System.Diagnostics.Metrics;

namespace FileMonitor.Diagnostics;

/// <summary>
/// The instruments of one monitor on the meter <c>FileMonitor</c>. What health already counts is observed only when somebody asks; what is
/// measured per event costs a check when nobody listens. The one tag is the monitor's name: never a path.
/// </summary>
internal sealed class MonitorInstruments : IDisposable
{
    public const string MeterName = "FileMonitor";

    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly KeyValuePair<string, object?> _name;
    private readonly Histogram<double> _latency;
    private readonly Histogram<double> _settleLatency;
    private readonly Counter<long> _emitted;
    private volatile Func<MonitorHealth>? _health;

    public MonitorInstruments(IMeterFactory? factory, string monitor, Func<MonitorHealth> health)
    {
        _name = new("filemonitor.name", monitor);
        _health = health;

        // A meter from a factory is the factory's: the same one for every monitor of that container, disposed with it.
        _ownsMeter = factory is null;
        _meter = factory?.Create(new MeterOptions(MeterName)) ?? new Meter(MeterName);
        _emitted = _meter.CreateCounter<long>("filemonitor.event.emitted", "{event}", "Events handed to sinks and readers.");
        _latency = _meter.CreateHistogram<double>("filemonitor.event.latency", "s", "From the latest hint of a change to its delivery.");
        _settleLatency = _meter.CreateHistogram<double>("filemonitor.event.settle_latency", "s", "From the end of the quiet period to delivery.");
        Observe("filemonitor.source.event", "{event}", "Hints received.", now => now.Counters.Received);
        Observe("filemonitor.event.coalesced", "{event}", "Hints merged into another about the same path.", now => now.Counters.Coalesced);
        Observe("filemonitor.event.ignored", "{event}", "Hints left out by a pattern.", now => now.Counters.Ignored);
        Observe("filemonitor.event.suppressed", "{event}", "Hints that changed nothing.", now => now.Counters.Suppressed);
        Observe("filemonitor.event.dropped", "{event}", "Hints lost; each loss is also a gap.", now => now.Counters.Lost);
        Observe("filemonitor.source.overflow", "{event}", "Losses a source reported.", now => now.Counters.SourceLosses);
        Observe("filemonitor.source.restart", "{restart}", "Restarts of a source.", now => now.Counters.SourceRestarts);
        Observe("filemonitor.hash.io", "By", "Bytes read to be summed.", now => now.Counters.ChecksumBytes);
        Level("filemonitor.queue.length", "{event}", "Hints between source and pipeline.", now => now.QueueLength);
        Level("filemonitor.debounce.pending", "{path}", "Paths being debounced.", now => now.PendingPaths);
        Level("filemonitor.hash.permits", "{permit}", "Files being read.", now => now.PermitsInUse);
        Level("filemonitor.snapshot.items", "{item}", "Items known.", now => now.KnownItems);
    }

    public void Emitted(AuditEvent auditEvent, DateTimeOffset now)
    {
        if (_emitted.Enabled)
        {
            _emitted.Add(1, _name, new("change.kind", KindName(auditEvent.Kind)));
        }

        if (_latency.Enabled)
        {
            _latency.Record((now - auditEvent.OccurredAt).TotalSeconds, _name);
        }

        if (_settleLatency.Enabled)
        {
            _settleLatency.Record((now - auditEvent.SettledAt).TotalSeconds, _name);
        }
    }

    public void Dispose()
    {
        // A meter that outlives the monitor must not keep it alive, nor report for it.
        _health = null;
        if (_ownsMeter)
        {
            _meter.Dispose();
        }
    }

    private static string KindName(AuditEventKind kind) => kind switch
    {
        AuditEventKind.Created => "created",
        AuditEventKind.Modified => "modified",
        AuditEventKind.Deleted => "deleted",
        AuditEventKind.Renamed => "renamed",
        AuditEventKind.AttributesChanged => "attributes_changed",
        AuditEventKind.Baseline => "baseline",
        AuditEventKind.Gap => "gap",
        AuditEventKind.RootLost => "root_lost",
        _ => "root_restored",
    };

    private void Observe(string name, string unit, string description, Func<MonitorHealth, long> read) =>
        _meter.CreateObservableCounter(name, () => Measure(read), unit, description);

    private void Level(string name, string unit, string description, Func<MonitorHealth, long> read) =>
        _meter.CreateObservableUpDownCounter(name, () => Measure(read), unit, description);

    private IEnumerable<Measurement<long>> Measure(Func<MonitorHealth, long> read) =>
        _health is { } health ? [new Measurement<long>(read(health()), _name)] : [];
}
