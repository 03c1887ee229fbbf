using FileMonitor.Diagnostics;
using FileMonitor.Values;


namespace FileMonitor.Sources.FileSystemWatchers;

/// <summary>Handles failures of a watcher: reported errors, a silent death, unwatched directories; and restarts it.</summary>
internal sealed partial class RootWatcher
{
    private const int NoSpaceLeft = 28; // ENOSPC: the limit of inotify watches.

    private Task _shortage = Task.CompletedTask;
    private volatile string? _unreadable;

    /// <summary>Runs on the watcher's own thread, or on the thread that arms it.</summary>
    internal void HandleError(ArmedWatcher watcher, Exception error)
    {
        lock (_gate)
        {
            if (watcher != _armed)
            {
                return;
            }

            if (OperatingSystem.IsLinux() && error is IOException { HResult: NoSpaceLeft })
            {
                HandleUnwatchedUnsynchronized(watcher, error);
            }
            else if (OperatingSystem.IsLinux() && error is UnauthorizedAccessException)
            {
                // The pump finds unreadable directories by itself and tries again. A restart of the watcher would find the same for ever.
                _unreadable = $"{CountText.Of(++watcher.Unreadable, "directory", "directories")} below '{_root.Path}' cannot be watched: {error.Message} Give the process read permission.";
            }
            else
            {
                _supervisor.Fail(
                    error is InternalBufferOverflowException ? GapCause.SourceOverflow : GapCause.SourceError,
                    $"The watcher of '{_root.Path}' reported {error.GetType().Name} and is being restarted: {error.Message}",
                    error);
            }
        }
    }

    /// <summary>Finds a watcher that has ended without an error.</summary>
    internal void Check()
    {
        // Held while the watcher is armed or restarted: then there is nothing to find.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            if (!_supervisor.IsRestartPending && _armed?.Descriptor is { IsOpen: false })
            {
                var words = $"The watcher of '{_root.Path}' ended without an error (dotnet/runtime#133420: after a directory was moved) and is being restarted.";

                // At once: it has been dead for up to a second.
                _supervisor.Fail(GapCause.SourceError, words, new IOException(words), isAtOnce: true);
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>One error comes for each directory. Together they are one condition, and the watcher stays.</summary>
    private void HandleUnwatchedUnsynchronized(ArmedWatcher watcher, Exception error)
    {
        if (++watcher.Unwatched == 1)
        {
            _supervisor.Uncovered.Open(GapCause.PartialCoverage, WatchShortage.Describe(_root, error.Message, watchesIgnored: true));
            _shortage = WaitForWatchesAsync(_shortage, watcher, error);
        }
    }

    private Task WaitForWatchesAsync(Task before, ArmedWatcher watcher, Exception error) => DetachedTask.Run(async () =>
    {
        // First end the wait of the previous watcher.
        await before.ConfigureAwait(false);
        _logger.PartialCoverage(_root.Path, error.Message);
        var shortage = new WatchShortage(_root, _readLimit, () => HasRoom(_root.PhysicalPath), _time, watchesIgnored: true);
        var isRaised = await shortage.WaitForRoomAsync(Describe, watcher.GivenUp).ConfigureAwait(false);
        lock (_gate)
        {
            if (isRaised && watcher == _armed)
            {
                _ = _supervisor.RestartNow();
            }
        }

        void Describe(string words)
        {
            lock (_gate)
            {
                if (watcher == _armed)
                {
                    _supervisor.Uncovered.Open(GapCause.PartialCoverage, words);
                }
            }
        }
    });

    /// <summary>Called by the supervisor, never inside the watcher's callback.</summary>
    private Task<bool> RestartAsync(CancellationToken cancelled)
    {
        lock (_gate)
        {
            if (cancelled.IsCancellationRequested)
            {
                return Task.FromResult(false);
            }

            if (TryArmUnsynchronized() is { } failed)
            {
                _supervisor.Fail(GapCause.SourceError, CannotWatch(failed), failed);
                return Task.FromResult(false);
            }

            // Armed first, then compared: changes from in between are on disk, later ones come as hints.
            _changes.ReportLoss(_root, "", GapCause.SourceRestarted, "The watcher was restarted; the root is compared with the disk.");
            return Task.FromResult(CoverUnsynchronized());
        }
    }
}
