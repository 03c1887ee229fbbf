using System.Diagnostics.Metrics;

namespace FileMonitor.Diagnostics;

/// <summary>The measurements of one monitor, on the instruments that it shares with others. A measurement costs one check when nobody listens.</summary>
internal sealed class MonitorInstruments : IDisposable
{
    private readonly MeterInstruments _meter;
    private readonly MeasuredMonitor _monitor;

    public MonitorInstruments(IMeterFactory? factory, string monitor, Func<MonitorReading> read)
    {
        _monitor = new(new("filemonitor.name", monitor), read);
        _meter = MeterInstruments.On(factory);
        _meter.Add(_monitor);
    }

    /// <summary>The tag with the name of this monitor.</summary>
    public KeyValuePair<string, object?> Name => _monitor.Name;

    /// <summary>Whether the duration of hashing is listened to.</summary>
    public bool TimesHashes => _meter.HashDuration.Enabled;

    public void Emitted(AuditEvent auditEvent, DateTimeOffset now)
    {
        if (auditEvent.Hints == 0)
        {
            // A gap, a lost root or an item of the baseline has no latency.
            return;
        }

        Record(_meter.Latency, now - auditEvent.OccurredAt, [Name]);
        Record(_meter.SettleLatency, now - auditEvent.SettledAt, [Name]);
    }

    public void Hashed(ChecksumStatus outcome, TimeSpan took) =>
        Record(_meter.HashDuration, took, [Name, new("filemonitor.hash.outcome", MeterInstruments.NameOf(outcome))]);

    public void Reconciled(ReconcileReason reason, TimeSpan took) =>
        Record(_meter.ReconcileDuration, took, [Name, new("filemonitor.reconcile.reason", MeterInstruments.NameOf(reason))]);

    public void Dispose() => _meter.Remove(_monitor);

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
            // A listener of the host may throw; the operation goes on.
        }
    }
}
