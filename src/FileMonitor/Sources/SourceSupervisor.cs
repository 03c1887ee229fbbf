using FileMonitor.Diagnostics;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources;

/// <summary>
/// Restarts what watches one root until the root is covered again, with growing pauses, and reports when it is uncovered and covered. One
/// restart at a time.
/// </summary>
/// <remarks>
/// The owner of <see cref="Uncovered"/> is whoever holds the lock of the source, or the source's thread. Only the owner calls the methods that
/// change it: <see cref="Fail"/>, <see cref="Cover"/> and <see cref="DisposeAsync"/>. The restarts have a lock of their own; nothing is called
/// under it.
/// </remarks>
/// <param name="uncovered">The conditions of the root.</param>
/// <param name="restart">
/// Tries once, on the pool; must not throw. It checks the token under the lock under which others call <see cref="CancelRestart"/>, and gives up
/// when it is cancelled. True when the root is covered again; false when the attempt failed (<see cref="Fail"/>) or the result is not known yet.
/// </param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs failures and restarts.</param>
/// <param name="steadyAfter">
/// How long a root must have been covered before the pauses start again from the shortest: a watcher that dies as soon as it is armed must not
/// be armed ten times a second.
/// </param>
internal sealed class SourceSupervisor(
    UncoveredRoot uncovered, Func<CancellationToken, Task<bool>> restart, TimeProvider time, ILogger logger, TimeSpan steadyAfter = default) : IAsyncDisposable
{
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    // Cancels the scheduled restart; null when none is scheduled.
    private CancellationTokenSource? _waiting;

    // Cancels the restart that is running.
    private CancellationTokenSource? _begun;
    private Task _restarting = Task.CompletedTask;
    private TimeSpan _pause = FirstPause;
    private long? _coveredAt;
    private int _failures;
    private bool _isDisposed;

    public UncoveredRoot Uncovered { get; } = uncovered;

    /// <summary>Whether a restart is scheduled and has not begun.</summary>
    public bool IsRestartPending
    {
        get
        {
            lock (_gate)
            {
                return _waiting is not null;
            }
        }
    }

    /// <summary>Random numbers from 0 to 1, for the jitter.</summary>
    internal Func<double> Chance { get; init; } = Random.Shared.NextDouble;

    /// <summary>Reports the root as uncovered and schedules a restart.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="detail">The cause as a sentence for the person on call.</param>
    /// <param name="error">The error to log.</param>
    /// <param name="isAtOnce">Restart without a pause the first time: a watcher that is found dead has been dead for a while.</param>
    public void Fail(GapCause cause, string detail, Exception error, bool isAtOnce = false)
    {
        Uncovered.Open(cause, detail);
        RestartLater(error, isAtOnce);
    }

    /// <summary>Schedules a restart without reporting a condition. Any thread.</summary>
    /// <param name="error">The error to log; null to log nothing.</param>
    /// <param name="isAtOnce">Restart without a pause the first time.</param>
    public void RestartLater(Exception? error = null, bool isAtOnce = false)
    {
        lock (_gate)
        {
            if (_waiting is not null || _isDisposed)
            {
                return;
            }

            if (_coveredAt is { } since && IsSteady(since))
            {
                _pause = FirstPause;
            }

            _coveredAt = null;

            // Jitter, so that many roots on one device are not restarted at the same moment.
            var pause = isAtOnce && _pause == FirstPause ? TimeSpan.Zero : _pause * (0.75 + (Chance() / 2));
            _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, LongestPause.Ticks));
            _failures += error is null ? 0 : 1;
            BeginUnsynchronized(_failures, error, pause);
        }
    }

    /// <summary>Restarts at once, without a failure, unless a restart is scheduled. Any thread.</summary>
    /// <returns>Completes when that restart has ended.</returns>
    public Task RestartNow()
    {
        lock (_gate)
        {
            if (_waiting is null && !_isDisposed)
            {
                BeginUnsynchronized(failure: 0, error: null, TimeSpan.Zero);
            }

            return _restarting;
        }
    }

    /// <summary>Cancels a scheduled restart, and tells a running one to give up: the caller restarts the root itself. Any thread.</summary>
    public void CancelRestart()
    {
        lock (_gate)
        {
            CancelUnsynchronized();
        }
    }

    /// <summary>Notes that the root is covered, so that the next failure counts as the first. Has no effect while a restart is scheduled. Any thread.</summary>
    /// <returns>Whether the root had failed before.</returns>
    public bool NoteCovered()
    {
        lock (_gate)
        {
            var hadFailed = _failures > 0;
            if (_waiting is null)
            {
                _failures = 0;
                _coveredAt = Now();
            }

            return hadFailed;
        }
    }

    /// <summary>Ends the conditions of the root, except for one cause.</summary>
    public void Cover(GapCause? except = null)
    {
        NoteCovered();
        Uncovered.Close(except);
    }

    /// <summary>Ends the restarts and the comparisons; completes when they have ended. Conditions stay.</summary>
    public ValueTask DisposeAsync()
    {
        Task ended;
        lock (_gate)
        {
            _isDisposed = true;
            CancelUnsynchronized();
            ended = _restarting;
        }

        return new(Task.WhenAll(ended, Uncovered.DisposeAsync().AsTask()));
    }

    // A host's clock may throw. That must not end the source's thread, because an unhandled exception ends the process. The monitor itself ends
    // with that error and reports it.
    private bool IsSteady(long coveredAt)
    {
        try
        {
            return time.GetElapsedTime(coveredAt) >= steadyAfter;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private long? Now()
    {
        try
        {
            return time.GetTimestamp();
        }
        catch (Exception)
        {
            return null;
        }
    }

    private void CancelUnsynchronized()
    {
        _begun?.Cancel();
        _waiting?.Cancel();
        _waiting?.Dispose();
        _waiting = null;
    }

    private void BeginUnsynchronized(int failure, Exception? error, TimeSpan pause)
    {
        var own = _waiting = new CancellationTokenSource();
        var (before, cancelled) = (_restarting, own.Token);

        // Never inside the callback that reported the failure: restarting there can recurse without end.
        _restarting = DetachedTask.Run(async () =>
        {
            // The attempt before this one may have requested it and is about to end.
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            LogFailure(failure, error, pause);
            await DetachedTask.PauseAsync(pause, time, cancelled).ConfigureAwait(false);
            await TryAsync(own, cancelled).ConfigureAwait(false);
        });
    }

    private async Task TryAsync(CancellationTokenSource own, CancellationToken cancelled)
    {
        lock (_gate)
        {
            if (cancelled.IsCancellationRequested)
            {
                return;
            }

            (_waiting, _begun) = (null, own);
        }

        try
        {
            if (await restart(cancelled).ConfigureAwait(false))
            {
                logger.SourceRestarted(Uncovered.Root.Path);
            }
        }
        finally
        {
            lock (_gate)
            {
                _begun = null;
                own.Dispose();
            }
        }
    }

    /// <summary>Logs transitions and not attempts: the first failure, and that the first restart failed.</summary>
    private void LogFailure(int failure, Exception? error, TimeSpan pause)
    {
        switch (failure)
        {
            case 1 when error is not null:
                logger.SourceRestarting(error, Uncovered.Root.Path, pause);
                break;
            case 2 when error is not null:
                logger.SourceRestartFailed(error, Uncovered.Root.Path, pause);
                break;
        }
    }
}
