using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>The options that decide what becomes of a change, as the settler needs them.</summary>
internal sealed record SettleRules(
    bool ReportDirectories,
    bool ReportAttributes,
    bool ReportTransients,
    bool ReportBaseline,
    bool Checksums,
    bool BaselineChecksums,
    Func<MonitoredRoot, bool> WatchesAnyName,
    long MaxFileBytes,
    TimeSpan QuietPeriod,
    TimeSpan MaxDelay)
{
    public static SettleRules From(FileMonitorOptions options, Func<MonitoredRoot, bool> watchesAnyName) => new(
        options.Report.Directories,
        options.Report.AttributeChanges,
        options.Report.Transients,
        options.Report.Baseline,
        options.Checksum.Enabled,
        options.Checksum.Enabled && options.Checksum.Baseline,
        watchesAnyName,
        options.Checksum.MaxFileBytes ?? long.MaxValue,
        options.Debounce.QuietPeriod,
        options.Debounce.MaxDelay);
}
