using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Selection;
using FileMonitor.Sources.SingleFiles;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>What a run looks at files with, and what detects its changes.</summary>
internal static class DiskAndSource
{
    /// <summary>The host's own view and source, or the built-in ones, which also follow links to files that are roots.</summary>
    public static (IFileView Disk, IChangeSource Source) Of(FileMonitorOptions options, FileMonitorComponents components, ILogger logger)
    {
        var disk = components.FileView ?? new DiskFileView();
        if (components.Source is { } own)
        {
            return (disk, new GuardedSource(own(), logger));
        }

        var source = BuiltInSource.Make(options, components.TimeProvider, logger);
        if (!FileRootView.CanSee(components))
        {
            return (disk, source);
        }

        // A root of one file may be added later, too.
        var onTheWay = BuiltInSource.Make(options, components.TimeProvider, logger);
        return (new FileRootView(disk), new FileRootSource(source, onTheWay, disk, options.Polling.Interval, components.TimeProvider, logger));
    }
}
