using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>The options that decide how a change is settled.</summary>
/// <param name="options">Validated; not changed any more.</param>
/// <param name="watchesAnyName">Whether the source of a root can watch a directory of any name.</param>
internal sealed class SettleRules(FileMonitorOptions options, Func<MonitoredRoot, bool> watchesAnyName)
{
    public bool ReportDirectories { get; } = options.Report.Directories;

    public bool ReportAttributes { get; } = options.Report.AttributeChanges;

    public bool ReportTransients { get; } = options.Report.Transients;

    public bool ReportBaseline { get; } = options.Report.Baseline;

    public bool Checksums { get; } = options.Checksum.Enabled;

    public long MaxFileBytes { get; } = options.Checksum.MaxFileBytes ?? long.MaxValue;

    public int MaxPendingPaths { get; } = options.Queue.MaxPendingPaths;

    public TimeSpan QuietPeriod { get; } = options.Debounce.QuietPeriod;

    public TimeSpan MaxDelay { get; } = options.Debounce.MaxDelay;

    public TimeSpan MaxHold { get; } = options.Debounce.MaxHold;

    public TimeSpan StabilityPeriod { get; } = options.Debounce.StabilityPeriod;

    public bool DetectWriters { get; } = options.Debounce.DetectWriters;

    public bool WatchesAnyName(MonitoredRoot root) => watchesAnyName(root);

    /// <summary>Whether files that are there at start are read. A root of one file always is, so that only another content counts as a change.</summary>
    public bool HashesBaseline(MonitoredRoot root) => Checksums && (options.Checksum.Baseline || root.IsFile);

    /// <summary>Whether the item is a file that gets a checksum.</summary>
    public bool NeedsReading(in FileStatus status) => Checksums && status.ItemType == ItemType.File && status.Size <= MaxFileBytes;

    /// <summary>The status of an item that is not read.</summary>
    public ChecksumStatus StatusWithoutReading(in FileStatus status) =>
        status.ItemType != ItemType.File ? ChecksumStatus.NotApplicable
        : Checksums ? ChecksumStatus.TooLarge
        : ChecksumStatus.Disabled;
}
