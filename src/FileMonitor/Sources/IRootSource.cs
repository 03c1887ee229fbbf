using FileMonitor.Diagnostics;
using FileMonitor.Extending;

namespace FileMonitor.Sources;

/// <summary>A source of ours: it can be started for one root after the other, and can give one to another source.</summary>
internal interface IRootSource : IChangeSource
{
    /// <summary>Another source watches the root from now on: what was not covered here is that one's business.</summary>
    Task HandOverAsync(MonitoredRoot root);

    /// <summary>
    /// Something was mounted or unmounted below the root: what is there now is watched, and compared. Completes when it is watched, and the
    /// loss was reported. The default does nothing, which is right for a source that looks each time, or finds out by itself.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="relativePath">The mount point below it.</param>
    Task RemountedAsync(MonitoredRoot root, string relativePath) => Task.CompletedTask;

    /// <summary>How many of a limited number of watches are in use, about; nothing where that is not known. Any thread.</summary>
    IReadOnlyList<WatchUsage> Watches => [];
}
