using FileMonitor.Sources.Fanotify;
using FileMonitor.Sources.FileSystemWatchers;
using FileMonitor.Sources.Inotify;
using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Native;
using FileMonitor.Sources.Polling;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Selection;

/// <summary>Creates the source that <see cref="FileMonitorOptions.Source"/> names, with its replacements where it cannot be used.</summary>
internal static class BuiltInSource
{
    /// <summary>The source for all roots, which are started together.</summary>
    public static IRootSource Make(FileMonitorOptions options, TimeProvider time, ILogger logger) => options.Source switch
    {
        ChangeSourceKind.FileSystemWatcher => Watch(options, time, logger),
        ChangeSourceKind.Polling => Poll(options, time),
        _ => Choose(options, time, logger),
    };

    /// <summary>The same for directories that are started and given up one by one.</summary>
    public static IRootSource MakeForOneByOne(FileMonitorOptions options, TimeProvider time, ILogger logger) => options.Source switch
    {
        ChangeSourceKind.FileSystemWatcher => new AutoSource([new(static _ => null, () => Watch(options, time, logger))], logger),
        ChangeSourceKind.Polling => new AutoSource([new(static _ => null, () => Poll(options, time))], logger),
        _ => Choose(options, time, logger),
    };

    private static AutoSource Choose(FileMonitorOptions options, TimeProvider time, ILogger logger)
    {
        // One source for all roots: the system allows few inotify instances, and one thread is enough.
        var inotify = new Lazy<InotifySource>(() => new InotifySource(options.Polling.Interval, WatchLimit.Read, time, logger));
        var fanotify = new Lazy<FanotifySource>(() => new FanotifySource(options.Polling.Interval, time, logger));
        var native = new SourceCandidate(static _ => WhyNoInotify(), () => inotify.Value);
        var watcher = new SourceCandidate(static _ => null, () => Watch(options, time, logger));
        ChangeSourceKind? required = options.RequireSource ? options.Source : null;
        return options.Source switch
        {
            ChangeSourceKind.Inotify => new AutoSource([native, watcher], logger, required),
            ChangeSourceKind.Fanotify => new AutoSource([new(FanotifySupport.WhyNot, () => fanotify.Value), native, watcher], logger, required),
            _ => new AutoSource(
                [
                    .. WhyNoInotify() is null ? [native with { WhyNot = SilentFileSystem.WhyPolled }] : Array.Empty<SourceCandidate>(),
                    watcher with { WhyNot = SilentFileSystem.WhyPolled },
                    new(static _ => null, () => Poll(options, time)),
                ],
                logger),
        };
    }

    private static FileSystemWatcherSource Watch(FileMonitorOptions options, TimeProvider time, ILogger logger) =>
        new(options.Report.AttributeChanges, options.Polling.Interval, time, logger);

    private static PollingSource Poll(FileMonitorOptions options, TimeProvider time) => new(options.Polling.Interval, time);

    private static string? WhyNoInotify() =>
        !LinuxFiles.IsSupported ? "inotify is supported on 64-bit Linux only"
        : !Directory.Exists("/proc/self/fd") ? "inotify needs /proc, which is not mounted"
        : null;
}
