using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using FileMonitor.Sources.Files;

namespace FileMonitor.Sources.Fanotify;

/// <summary>A thread that died, roots that cannot be armed, parts that are not watched; and the restart.</summary>
internal sealed partial class FanotifySource
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    // Roots that were there and are to be armed by the restart.
    private readonly HashSet<MonitoredRoot> _failed = [];

    // Of the restart that is pending; null when none is.
    private CancellationTokenSource? _restart;
    private Task _restarting = Task.CompletedTask;
    private TimeSpan _delay = FirstDelay;
    private int _failures;

    /// <summary>The listener's thread has ended. On that thread.</summary>
    internal void HearDeath(FanotifyListener listener, Exception error)
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
        if (_isDisposed)
        {
            return;
        }

        _roots.GetValueOrDefault(root)?.Open(GapCause.SourceError, detail);
        _failed.Add(root);
        if (_restart is null)
        {
            // Jitter, so that many monitors on one machine do not all ask at once.
            var delay = _delay * (0.75 + (Random.Shared.NextDouble() / 2));
            _delay = TimeSpan.FromTicks(Math.Min(_delay.Ticks * 2, LongestDelay.Ticks));
            _restart = new CancellationTokenSource();
            _restarting = RestartAsync(_restarting, root, ++_failures, error, delay, _restart.Token);
        }
    }

    private Task RestartAsync(Task before, MonitoredRoot first, int failure, Exception error, TimeSpan delay, CancellationToken cancelled) => DetachedTask.Run(async () =>
    {
        await before.ConfigureAwait(false);
        LogFailure(first, failure, error, delay);
        await DetachedTask.PauseAsync(delay, time, cancelled).ConfigureAwait(false);
        MonitoredRoot[] failed;
        lock (_gate)
        {
            if (cancelled.IsCancellationRequested)
            {
                return;
            }

            _restart!.Dispose();
            _restart = null;
            failed = [.. _failed];
            _failed.Clear();
        }

        var isArmed = true;
        foreach (var root in failed)
        {
            isArmed &= await RestartAsync(root).ConfigureAwait(false);
        }

        if (isArmed)
        {
            lock (_gate)
            {
                (_failures, _delay) = _restart is null ? (0, FirstDelay) : (_failures, _delay);
            }

            logger.SourceRestarted(first.Path);
        }
    });

    private async Task<bool> RestartAsync(MonitoredRoot root)
    {
        // Gone, or closed to us: the monitor waits for it, and calls RearmAsync. What is not covered stays so until then.
        if (!DirectoryOnDisk.CanBeListed(root.PhysicalPath))
        {
            return true;
        }

        if (await TryArmAsync(root, isRestart: true).ConfigureAwait(false) is { } refused)
        {
            Fail(root, refused);
            return false;
        }

        return true;
    }

    /// <summary>Transitions, not attempts: that it fails, and that it cannot be restarted at once.</summary>
    private void LogFailure(MonitoredRoot root, int failure, Exception error, TimeSpan delay)
    {
        switch (failure)
        {
            case 1:
                logger.SourceRestarting(error, root.Path, delay);
                break;
            case 2:
                logger.SourceRestartFailed(error, root.Path, delay);
                break;
        }
    }

    private static string CannotWatch(MonitoredRoot root, Exception failed) =>
        $"'{root.Path}' cannot be watched at the moment, and is compared with the disk instead: {failed.Message}";
}
