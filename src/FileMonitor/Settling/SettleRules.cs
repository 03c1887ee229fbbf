using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>The options of the whole monitor that decide how a change is settled; those of a root are its <see cref="RootSettings"/>.</summary>
/// <param name="options">Validated; not changed any more.</param>
/// <param name="watchesAnyName">Whether the source of a root can watch a directory of any name.</param>
internal sealed class SettleRules(FileMonitorOptions options, Func<MonitoredRoot, bool> watchesAnyName)
{
    public int MaxPendingPaths { get; } = options.Queue.MaxPendingPaths;

    /// <summary>How long nothing may be lost before a gap is closed.</summary>
    public TimeSpan QuietPeriod { get; } = options.Debounce.QuietPeriod;

    public bool WatchesAnyName(MonitoredRoot root) => watchesAnyName(root);
}
