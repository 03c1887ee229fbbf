using FileMonitor.Diagnostics;
using FileMonitor.Extending;

namespace FileMonitor.Sources;

/// <summary>A built-in source: it can be started for one root after the other and can hand a root over to another source.</summary>
internal interface IRootSource : IChangeSource
{
    Task IChangeSource.AddRootAsync(MonitoredRoot root, IChangeWriter changes, CancellationToken cancellationToken) => StartAsync([root], changes, cancellationToken);

    Task IChangeSource.RemoveRootAsync(MonitoredRoot root, CancellationToken cancellationToken) => HandOverAsync(root);

    /// <summary>No default here: a source around another one must pass it on.</summary>
    abstract long IChangeSource.HintedUpTo { get; }

    /// <summary>Gives up a root, which another source watches from now on, and ends its conditions.</summary>
    Task HandOverAsync(MonitoredRoot root);

    /// <summary>
    /// Called after a mount or unmount below the root. Watches what is there now, reports the loss, and then completes. The default does
    /// nothing, which is right for a source that looks each time or finds out by itself.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="relativePath">The mount point below it.</param>
    Task RemountedAsync(MonitoredRoot root, string relativePath) => Task.CompletedTask;

    /// <summary>About how many of a limited number of watches are in use; empty when that is not known. Any thread.</summary>
    IReadOnlyList<WatchUsage> Watches => [];
}
