using FileMonitor.Diagnostics;

namespace FileMonitor.Sources;

/// <summary>A source of ours: it can be started for one root after the other, and can give one to another source.</summary>
internal interface IRootSource : IChangeSource
{
    /// <summary>Another source watches the root from now on: what was not covered here is that one's business.</summary>
    Task HandOverAsync(MonitoredRoot root);

    /// <summary>How many of a limited number of watches are in use, about; nothing where that is not known. Any thread.</summary>
    IReadOnlyList<WatchUsage> Watches => [];
}
