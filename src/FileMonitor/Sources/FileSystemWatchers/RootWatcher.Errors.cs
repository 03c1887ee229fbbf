using FileMonitor.Diagnostics;


namespace FileMonitor.Sources.FileSystemWatchers;

/// <summary>What goes wrong with a watcher: errors it reports, a death it does not, directories it cannot watch; and the restart.</summary>
internal sealed partial class RootWatcher
{
    private const int NoSpaceLeft = 28; // ENOSPC: the limit of inotify watches.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    // Of the restart that is pending; null when none is.
    private CancellationTokenSource? _restart;
    private Task _restarting = Task.CompletedTask;
    private Task _shortage = Task.CompletedTask;
    private TimeSpan _delay = FirstDelay;
    private int _failures;
    private volatile string? _unreadable;

    /// <summary>On the watcher's own thread, or on the one that arms it.</summary>
    internal void HearError(ArmedWatcher watcher, Exception error)
    {
        lock (_gate)
        {
            if (watcher != _armed)
            {
                return;
            }

            if (OperatingSystem.IsLinux() && error is IOException { HResult: NoSpaceLeft })
            {
                HearUnwatchedUnsynchronized(watcher, error);
            }
            else if (OperatingSystem.IsLinux() && error is UnauthorizedAccessException)
            {
                // The monitor finds out by itself that it cannot read it, and tries again. A restart would find the same, for ever.
                _unreadable = $"{++watcher.Unreadable} directories below '{root.Path}' cannot be watched: {error.Message} Give the process read permission.";
            }
            else
            {
                FailUnsynchronized(
                    error is InternalBufferOverflowException ? GapCause.SourceOverflow : GapCause.SourceError,
                    error,
                    $"The watcher of '{root.Path}' reported {error.GetType().Name} and is being restarted: {error.Message}");
            }
        }
    }

    /// <summary>Finds a watcher that is dead and did not say so.</summary>
    internal void Check()
    {
        // Held by who arms or restarts it: then there is nothing to find.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            if (_restart is null && _armed?.Descriptor is { IsOpen: false })
            {
                var words = $"The watcher of '{root.Path}' ended without an error (dotnet/runtime#133420: after a directory was moved) and is being restarted.";
                FailUnsynchronized(GapCause.SourceError, new IOException(words), words, isDead: true);
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>One error comes for each directory; it is one condition, and the watcher goes on with what it has.</summary>
    private void HearUnwatchedUnsynchronized(ArmedWatcher watcher, Exception error)
    {
        if (++watcher.Unwatched == 1)
        {
            _uncovered.Open(GapCause.PartialCoverage, WatchShortage.Describe(root, error.Message, watchesIgnored: true));
            _shortage = WaitForWatchesAsync(_shortage, watcher, error);
        }
    }

    private Task WaitForWatchesAsync(Task before, ArmedWatcher watcher, Exception error) => DetachedTask.Run(async () =>
    {
        // Of the watcher before this one, which was given up.
        await before.ConfigureAwait(false);
        logger.PartialCoverage(root.Path, error.Message);
        var shortage = new WatchShortage(root, readLimit, () => HasRoom(root.PhysicalPath), time, watchesIgnored: true);
        var isRaised = await shortage.WaitForRoomAsync(Describe, watcher.GivenUp).ConfigureAwait(false);
        lock (_gate)
        {
            if (isRaised && watcher == _armed)
            {
                RequestRestartUnsynchronized(TimeSpan.Zero, error: null);
            }
        }

        void Describe(string words)
        {
            lock (_gate)
            {
                if (watcher == _armed)
                {
                    _uncovered.Open(GapCause.PartialCoverage, words);
                }
            }
        }
    });

    private void FailUnsynchronized(GapCause cause, Exception error, string detail, bool isDead = false)
    {
        _uncovered.Open(cause, detail);
        if (_restart is not null)
        {
            return;
        }

        if (_armed is not null && time.GetElapsedTime(_armedAt) > LongestDelay)
        {
            _delay = FirstDelay;
        }

        // A watcher that is found dead has been so for up to a second. One that dies again and again waits like any other.
        // Jitter, so that many roots on one device that comes back do not all ask at once.
        var delay = isDead && _delay == FirstDelay ? TimeSpan.Zero : _delay * (0.75 + (Random.Shared.NextDouble() / 2));
        _delay = TimeSpan.FromTicks(Math.Min(_delay.Ticks * 2, LongestDelay.Ticks));
        RequestRestartUnsynchronized(delay, error);
    }

    /// <summary>Never restarted inside its own callback: that recursed without end in more than one product.</summary>
    private void RequestRestartUnsynchronized(TimeSpan delay, Exception? error)
    {
        if (_restart is null && !_isDisposed)
        {
            _restart = new CancellationTokenSource();
            _restarting = RestartAsync(_restarting, error is null ? 0 : ++_failures, error, delay, _restart.Token);
        }
    }

    private Task RestartAsync(Task before, int failure, Exception? error, TimeSpan delay, CancellationToken cancelled) => DetachedTask.Run(async () =>
    {
        // The attempt before this one asked for it, and is about to end.
        await before.ConfigureAwait(false);
        LogFailure(failure, error, delay);
        await DetachedTask.PauseAsync(delay, time, cancelled).ConfigureAwait(false);
        lock (_gate)
        {
            if (cancelled.IsCancellationRequested)
            {
                return;
            }

            if (TryArmUnsynchronized() is { } failed)
            {
                FailUnsynchronized(GapCause.SourceError, failed, CannotWatch(failed));
                return;
            }

            // Armed first, then compared: what happened in between is on the disk, what happens now is hinted at.
            changes.ReportLoss(root, "", GapCause.SourceRestarted, "The watcher was restarted; what happened meanwhile is compared with the disk.");
            if (!CoverUnsynchronized())
            {
                return;
            }
        }

        logger.SourceRestarted(root.Path);
    });

    /// <summary>Transitions, not attempts: that it fails, and that it cannot be restarted at once.</summary>
    private void LogFailure(int failure, Exception? error, TimeSpan delay)
    {
        switch (failure)
        {
            case 1:
                logger.SourceRestarting(error!, root.Path, delay);
                break;
            case 2:
                logger.SourceRestartFailed(error!, root.Path, delay);
                break;
        }
    }
}
