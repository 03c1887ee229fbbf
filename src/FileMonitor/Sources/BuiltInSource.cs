using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources;

/// <summary>The source that <see cref="FileMonitorOptions.Source"/> names.</summary>
internal static class BuiltInSource
{
    public static IChangeSource Make(FileMonitorOptions options, TimeProvider time, ILogger logger)
    {
        return options.Source switch
        {
            ChangeSourceKind.FileSystemWatcher => Watch(),
            ChangeSourceKind.Polling => Poll(),
            _ => new AutoSource(SilentFileSystem.WhyPolled, Watch, Poll, logger),
        };

        FileSystemWatcherSource Watch() => new(options.Report.AttributeChanges, options.Polling.Interval, time, logger);

        PollingSource Poll() => new(options.Polling.Interval, time);
    }
}
