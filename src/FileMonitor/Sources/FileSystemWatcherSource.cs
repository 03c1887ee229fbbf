using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources;

/// <summary>
/// The default source: one <see cref="System.IO.FileSystemWatcher"/> per root. Its handlers translate and write, nothing else: they run on
/// the watcher's own thread, where a slow one makes the kernel drop events and a throwing one ends the watcher.
/// </summary>
internal sealed class FileSystemWatcherSource(bool reportAttributes, TimeProvider time, ILogger logger) : IChangeSource
{
    private RootWatcher[] _watchers = [];

    public string Name => "FileSystemWatcher";

    public IReadOnlyList<string> Problems => [.. _watchers.Select(watcher => watcher.Problem).OfType<string>()];

    public async Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        var filters = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite;
        if (!OperatingSystem.IsLinux())
        {
            // On Linux it says nothing that LastWrite does not, and adds every change of attributes.
            filters |= NotifyFilters.Size;
        }

        if (reportAttributes)
        {
            filters |= NotifyFilters.Attributes | NotifyFilters.Security;
        }

        _watchers = [.. roots.Select(root => new RootWatcher(root, filters, changes, time, logger))];
        foreach (var watcher in _watchers)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await watcher.StartAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers)
        {
            await watcher.DisposeAsync().ConfigureAwait(false);
        }
    }
}
