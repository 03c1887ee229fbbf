using FileMonitor.Extending;
using FileMonitor.Sources.Files;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Handles failures: a thread that ended, roots that cannot be armed, and restarts.</summary>
internal sealed partial class FanotifySource
{
    /// <summary>The listener's thread has ended because of an error. Called on that thread.</summary>
    internal void HandleFailure(FanotifyListener listener, Exception error)
    {
        lock (_gate)
        {
            if (listener != _listener || _isDisposed)
            {
                return;
            }

            _listener = null;
            var armed = _armed.ToArray();
            _armed.Clear();
            foreach (var root in armed)
            {
                FailUnsynchronized(root, error, $"The watcher of '{root.Path}' reported {error.GetType().Name} and is being restarted: {error.Message}");
            }
        }
    }

    private void Fail(MonitoredRoot root, Exception error)
    {
        lock (_gate)
        {
            FailUnsynchronized(root, error, CannotWatch(root, error));
        }
    }

    private void FailUnsynchronized(MonitoredRoot root, Exception error, string detail)
    {
        if (!_isDisposed)
        {
            _roots.GetValueOrDefault(root)?.Fail(GapCause.SourceError, detail, error);
        }
    }

    private async Task<bool> RestartAsync(MonitoredRoot root, CancellationToken cancelled)
    {
        // Missing or unreadable: the monitor waits for the root and calls RearmAsync. Its conditions stay until then.
        if (cancelled.IsCancellationRequested || !DirectoryOnDisk.CanBeListed(root.PhysicalPath))
        {
            return false;
        }

        if (await TryArmAsync(root, isRestart: true).ConfigureAwait(false) is { } refused)
        {
            Fail(root, refused);
            return false;
        }

        return true;
    }

    private static string CannotWatch(MonitoredRoot root, Exception failed) =>
        $"'{root.Path}' cannot be watched at the moment, and is compared with the disk instead: {failed.Message}";
}
