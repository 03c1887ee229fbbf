using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace FileMonitor.Tests.Diagnostics;

/// <summary>Listens to the instruments of the monitors that are given this factory, and to nobody else's: tests run beside each other.</summary>
internal sealed class Measurements : IMeterFactory
{
    private readonly ConcurrentBag<Meter> _meters = [];
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(string Name, string Tags), double> _levels = new();
    private readonly ConcurrentDictionary<(string Name, string Tags), int> _counts = new();

    public Measurements(bool listens = true)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_meters.Contains(instrument.Meter))
            {
                Instruments.Enqueue(instrument);
                if (listens)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
    }

    public ConcurrentQueue<Instrument> Instruments { get; } = new();

    /// <summary>Every tag that was seen, by instrument.</summary>
    public ConcurrentDictionary<(string Instrument, string Tag, string Value), bool> Tags { get; } = new();

    /// <summary>What a listener does when it hears of a duration; a host's may throw.</summary>
    public Action? OnDuration { get; set; }

    public Meter Create(MeterOptions options)
    {
        // As a container's factory does: one meter for one name.
        if (_meters.TryPeek(out var known))
        {
            return known;
        }

        var meter = new Meter(options);
        _meters.Add(meter);
        _listener.Start();
        return meter;
    }

    public void Observe() => _listener.RecordObservableInstruments();

    /// <summary>The value read last; for a histogram, the value recorded last.</summary>
    /// <param name="name">The instrument, without <c>filemonitor.</c>.</param>
    /// <param name="tag">The value of its own tag, when it has one.</param>
    public double? Get(string name, string tag = "") => _levels.TryGetValue(("filemonitor." + name, tag), out var value) ? value : null;

    /// <summary>How often a value was recorded.</summary>
    public int Count(string name, string tag = "") => _counts.GetValueOrDefault(("filemonitor." + name, tag));

    public IEnumerable<string> TagsOf(string name) => _levels.Keys.Where(key => key.Name == "filemonitor." + name).Select(key => key.Tags);

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters)
        {
            meter.Dispose();
        }
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var own = "";
        foreach (var (tag, text) in tags)
        {
            Tags[(instrument.Name, tag, text?.ToString() ?? "")] = true;
            own = tag == "filemonitor.name" ? own : own + text;
        }

        _levels[(instrument.Name, own)] = value;
        _counts.AddOrUpdate((instrument.Name, own), 1, static (_, count) => count + 1);
        if (instrument is Histogram<double>)
        {
            OnDuration?.Invoke();
        }
    }
}
