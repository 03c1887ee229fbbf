using System.Diagnostics.Metrics;

namespace FileMonitor.Collector.Diagnostics;

/// <summary>What the collector counts.</summary>
internal sealed class CollectorMetrics : IDisposable
{
    public const string MeterName = "FileMonitor.Collector";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _stored;
    private readonly Counter<long> _doubled;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _commit;

    public CollectorMetrics()
    {
        _stored = _meter.CreateCounter<long>("filemonitor.collector.records.stored", "{record}", "Records that were stored.");
        _doubled = _meter.CreateCounter<long>("filemonitor.collector.records.doubled", "{record}", "Records that came again and were stored already.");
        _refused = _meter.CreateCounter<long>("filemonitor.collector.messages.refused", "{message}", "Messages that can never be stored.");
        _commit = _meter.CreateHistogram<double>("filemonitor.collector.batch.duration", "s", "How long it takes to store a batch, the commit included.");
    }

    public void Stored(int stored, int doubled, TimeSpan duration)
    {
        _stored.Add(stored);
        _doubled.Add(doubled);
        _commit.Record(duration.TotalSeconds);
    }

    public void Refused(int count) => _refused.Add(count);

    public void Dispose() => _meter.Dispose();
}
