using FileMonitor.Sources.Fanotify;
using FileMonitor.Sources.FileSystemWatchers;
using FileMonitor.Sources.Inotify;
using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Native;
using FileMonitor.Sources.Polling;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.Selection;

/// <summary>Creates the source for all roots of a monitor: for each root the one that its options name, with its replacements where it cannot be used.</summary>
internal static class BuiltInSource
{
    public static IRootSource Make(FileMonitorOptions options, TimeProvider time, ILogger logger)
    {
        // One source for all roots: the system allows few inotify instances, and one thread is enough.
        var inotify = new Lazy<InotifySource>(() => new InotifySource(options.Polling.Interval, WatchLimit.Read, time, logger));
        var fanotify = new Lazy<FanotifySource>(() => new FanotifySource(options.Polling.Interval, time, logger));
        var native = new SourceCandidate(static _ => WhyNoInotify(), () => inotify.Value, IsShared: true);
        var watcher = new SourceCandidate(static _ => null, () => new FileSystemWatcherSource(options.Polling.Interval, time, logger));
        var polling = new SourceCandidate(static _ => null, () => new PollingSource(options.Polling.Interval, time));
        IReadOnlyList<SourceCandidate> CandidatesFor(ChangeSourceKind source) => source switch
        {
            ChangeSourceKind.FileSystemWatcher => [watcher],
            ChangeSourceKind.Polling => [polling],
            ChangeSourceKind.Inotify => [native, watcher],
            ChangeSourceKind.Fanotify => [new(FanotifySupport.WhyNot, () => fanotify.Value, IsShared: true), native, watcher],
            _ =>
            [
                .. WhyNoInotify() is null ? [native with { WhyNot = SilentFileSystem.WhyPolled }] : Array.Empty<SourceCandidate>(),
                watcher with { WhyNot = SilentFileSystem.WhyPolled },
                polling,
            ],
        };
        var all = Enum.GetValues<ChangeSourceKind>().ToDictionary(static source => source, CandidatesFor);
        return new AutoSource(
            root => (all[root.Settings.Source], options.RequireSource && root.Settings.Source != ChangeSourceKind.Auto ? root.Settings.Source : null), options.Source.ToString(), logger);
    }

    private static string? WhyNoInotify() =>
        !LinuxFiles.IsSupported ? "inotify is supported on 64-bit Linux only"
        : !Directory.Exists("/proc/self/fd") ? "inotify needs /proc, which is not mounted"
        : null;
}
