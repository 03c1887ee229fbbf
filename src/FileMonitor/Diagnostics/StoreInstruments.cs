using System.Diagnostics.Metrics;

namespace FileMonitor.Diagnostics;

/// <summary>The instruments of durable state. A monitor without it is measured by none of them.</summary>
internal static class StoreInstruments
{
    /// <param name="meter">Where they are.</param>
    /// <param name="measure">Measures each monitor that uses the meter.</param>
    public static void Observe(Meter meter, Func<Func<MeasuredMonitor, IEnumerable<Measurement<double>>>, IEnumerable<Measurement<double>>> measure)
    {
        Gauge("filemonitor.journal.record", "{record}", "Records of the journal.", store => store.Records);
        Gauge("filemonitor.journal.uncovered", "{record}", "Records that no signed checkpoint covers yet.", store => store.Records - store.Checkpointed);
        Gauge("filemonitor.journal.size", "By", "Size of the journal's segments.", store => store.JournalBytes);
        Gauge("filemonitor.journal.oldest_time", "s", "When the oldest segment was last written, in seconds since 1970.", store => Seconds(store.OldestWritten));
        Gauge("filemonitor.journal.checkpoint_time", "s", "When the last checkpoint was written, in seconds since 1970.", store => Seconds(store.LastCheckpoint));
        Gauge("filemonitor.store.problem", "{problem}", "1 while the durable state has a problem.", store => store.Problem is null ? 0 : 1);
        Gauge("filemonitor.anchor.record", "{record}", "Records that the last anchored checkpoint covers.", store => store.Anchor?.Anchored);
        Gauge("filemonitor.anchor.problem", "{problem}", "1 while the anchor does not take the next checkpoint.", store => store.Anchor is not { } anchor ? null : anchor.Problem is null ? 0 : 1);
        meter.CreateObservableCounter("filemonitor.anchor.failure", () => Measured(static store => store.Anchor?.Failures), "{failure}", "Calls of the anchor that failed.");
        Gauge("filemonitor.journal.verification_time", "s", "When the journal was last verified, in seconds since 1970.", store => Seconds(store.Verification?.VerifiedAt));
        Gauge("filemonitor.journal.verification_problem", "{problem}", "1 while the journal is not what was written.", store => store.Verification is not { VerifiedAt: not null } verified ? null : verified.Problem is null ? 0 : 1);
        meter.CreateObservableGauge("filemonitor.cursor.lag", () => measure(ReadLags), "{event}", "Events that a consumer has not acknowledged.");

        void Gauge(string name, string unit, string description, Func<StoreHealth, double?> read) =>
            meter.CreateObservableGauge(name, () => Measured(read), unit, description);

        IEnumerable<Measurement<double>> Measured(Func<StoreHealth, double?> read) => measure(monitor =>
            monitor.Read().Health.Store is { } store && read(store) is { } value ? [new(value, monitor.Name)] : []);
    }

    private static IEnumerable<Measurement<double>> ReadLags(MeasuredMonitor monitor) =>
        (monitor.Read().Health.Store?.Cursors ?? []).Select(cursor => new Measurement<double>(cursor.Lag, monitor.Name, new("filemonitor.cursor", cursor.Name)));

    private static double? Seconds(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds() / 1000.0;
}
