using FileMonitor.Extending;

namespace FileMonitor.Extensions.FileProviders.Watching;

/// <summary>
/// The monitors of a provider: one for the files that are watched by name, each a root, and one for the directory when patterns are watched. The roots of a
/// monitor cannot be changed, so a further name takes a new monitor: it is started before the old one is stopped, and what both saw fires once more.
/// </summary>
/// <remarks>Owner of the fields: whoever holds the lock. It is held while a monitor starts, so that a second caller does not return too early.</remarks>
internal sealed class OwnMonitors(string root, Action<FileMonitorOptions>? configure, Action<FileMonitorComponents>? components, WatchTokens tokens) : IEventFeed
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private FileSystemMonitor? _files;
    private FileSystemMonitor? _directory;
    private Task _replaced = Task.CompletedTask;
    private Task _reading = Task.CompletedTask;
    private bool _isDisposed;

    public bool TryWatch(WatchFilter filter)
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return false;
            }

            if (filter.IsPattern)
            {
                _directory ??= Start(options => options.AddRoot(root));
            }
            else if (!_names.Contains(filter.Text))
            {
                string[] names = [.. _names, filter.Text];
                var before = _files;
                _files = Start(options => Array.ForEach(names, name => options.AddFile(Path.Join(root, name))));
                _names.Add(filter.Text);
                _replaced = before is null ? _replaced : Task.WhenAll(_replaced, Task.Run(() => before.DisposeAsync().AsTask()));
            }

            return true;
        }
    }

    public void Dispose()
    {
        foreach (var monitor in End())
        {
            monitor.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var monitor in End())
        {
            await monitor.DisposeAsync().ConfigureAwait(false);
        }

        await _replaced.ConfigureAwait(false);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private FileSystemMonitor Start(Action<FileMonitorOptions> addRoots)
    {
        var monitor = FileSystemMonitor.Create(
            options =>
            {
                configure?.Invoke(options);
                addRoots(options);
                tokens.QuietPeriod = options.Debounce.QuietPeriod;

                // A consumer may have read what was there in between: the same bytes again, or a file that came and went, count as well.
                (options.Report.AttributeChanges, options.Report.Transients) = (ItemAttributes.Permissions | ItemAttributes.LastWriteTime, true);
            },
            components);
        try
        {
            // Ends with the monitor.
            _reading = Task.WhenAll(_reading, EventFeed.BeginReading(monitor, tokens, CancellationToken.None));

            // The start runs on the pool, so waiting for it is safe on any thread.
            monitor.StartAsync().GetAwaiter().GetResult();
            return monitor;
        }
        catch
        {
            monitor.Dispose();
            throw;
        }
    }

    private FileSystemMonitor[] End()
    {
        lock (_gate)
        {
            _isDisposed = true;
            FileSystemMonitor[] running = [.. new[] { _files, _directory }.OfType<FileSystemMonitor>()];
            (_files, _directory) = (null, null);
            return running;
        }
    }
}
