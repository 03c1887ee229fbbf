using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Selection;
using FileMonitor.Sources.SingleFiles;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Running;

/// <summary>What a run looks at files with, and what detects its changes.</summary>
internal static class DiskAndSource
{
    /// <summary>The host's own view and source, or the built-in ones; where files are roots, those that follow links to them.</summary>
    public static (IFileView Disk, IChangeSource Source) Of(FileMonitorOptions options, FileMonitorComponents components, ILogger logger)
    {
        var disk = components.FileView ?? new DiskFileView();
        if (components.Source is { } own)
        {
            return (disk, own());
        }

        var source = BuiltInSource.Make(options, components.TimeProvider, logger);
        if (!FileRootView.CanSee(components) || !options.Roots.Any(static root => root.IsFile))
        {
            return (disk, source);
        }

        var onTheWay = BuiltInSource.MakeForOneByOne(options, components.TimeProvider, logger);
        return (new FileRootView(disk), new FileRootSource(source, onTheWay, disk, options.Polling.Interval, components.TimeProvider, logger));
    }
}
