using System.Collections.Frozen;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources.FileSystemWatchers;

/// <summary>One <see cref="System.IO.FileSystemWatcher"/> per root (<see cref="RootWatcher"/>), on every system .NET runs on.</summary>
/// <remarks>Owner of the field: the caller of start, which sets it once, before any other call.</remarks>
internal sealed class FileSystemWatcherSource(TimeSpan pollInterval, TimeProvider time, ILogger logger) : IRootSource
{
    public const string SourceName = "FileSystemWatcher";

    private FrozenDictionary<MonitoredRoot, RootWatcher> _watchers = FrozenDictionary<MonitoredRoot, RootWatcher>.Empty;

    public string Name => SourceName;

    /// <summary>It does not say who made a change, so nobody asks.</summary>
    long IChangeSource.HintedUpTo => long.MaxValue;

    public IReadOnlyList<string> Problems => [.. _watchers.Values.SelectMany(watcher => watcher.Problems)];

    public async Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        _watchers = roots.ToFrozenDictionary(
            root => root, root => new RootWatcher(root, FiltersFor(root), pollInterval, WatchLimit.Read, changes, time, logger));
        foreach (var root in roots)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await _watchers[root].StartAsync().ConfigureAwait(false);
        }
    }

    private static NotifyFilters FiltersFor(MonitoredRoot root)
    {
        var filters = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite;
        if (!OperatingSystem.IsLinux())
        {
            // On Linux, Size reports nothing that LastWrite does not, and adds every change of attributes.
            filters |= NotifyFilters.Size;
        }

        return root.Settings.ReportAttributes != ItemAttributes.None ? filters | NotifyFilters.Attributes | NotifyFilters.Security : filters;
    }

    public Task RearmAsync(MonitoredRoot root, CancellationToken cancellationToken) => _watchers[root].RearmAsync(cancellationToken);

    public ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken) =>
        _watchers.TryGetValue(root, out var watcher) ? watcher.FlushAsync(cancellationToken) : new($"'{root.Path}' is not watched.");

    public Task HandOverAsync(MonitoredRoot root) => _watchers[root].HandOverAsync();

    public Task RemountedAsync(MonitoredRoot root, string relativePath) => _watchers[root].RemountedAsync(relativePath);

    internal RootWatcher WatcherOf(MonitoredRoot root) => _watchers[root];

    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers.Values)
        {
            await watcher.DisposeAsync().ConfigureAwait(false);
        }
    }
}
