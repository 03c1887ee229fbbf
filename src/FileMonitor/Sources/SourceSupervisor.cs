using FileMonitor.Diagnostics;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Sources;

/// <summary>
/// Looks after the coverage of one root: says that it is not covered, has what watches it restarted again and again, with growing pauses, until
/// it is, and says that, too. One restart at a time.
/// </summary>
/// <remarks>
/// <see cref="Uncovered"/> belongs to whoever holds the lock of the source, or is its thread, and so do the methods that change it:
/// <see cref="Fail"/>, <see cref="Cover"/> and <see cref="DisposeAsync"/>. The restarts have a lock of their own, under which nothing is called.
/// </remarks>
/// <param name="uncovered">What is not covered of the root.</param>
/// <param name="restart">
/// Tries once, on the pool; it must not throw. It looks at the token under the lock under which others call <see cref="CancelRestart"/>, and gives
/// up when it is cancelled. True when the root is covered again; false when it failed (<see cref="Fail"/>), or when that is not known yet.
/// </param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where restarts are told.</param>
/// <param name="steadyAfter">How long a root must have been covered for the pauses to begin anew. A watcher that dies as soon as it is armed must not be armed ten times a second.</param>
internal sealed class SourceSupervisor(
    UncoveredRoot uncovered, Func<CancellationToken, Task<bool>> restart, TimeProvider time, ILogger logger, TimeSpan steadyAfter = default) : IAsyncDisposable
{
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();

    // Of the restart that is waited for; null when none is.
    private CancellationTokenSource? _waiting;

    // Of the restart that has begun.
    private CancellationTokenSource? _begun;
    private Task _restarting = Task.CompletedTask;
    private TimeSpan _pause = FirstPause;
    private long? _coveredAt;
    private int _failures;
    private bool _isDisposed;

    public UncoveredRoot Uncovered { get; } = uncovered;

    /// <summary>Whether a restart is waited for. One that has begun is none.</summary>
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

    /// <summary>Numbers from 0 to 1 for the jitter.</summary>
    internal Func<double> Chance { get; init; } = Random.Shared.NextDouble;

    /// <summary>The root is not covered from now on, and is restarted after a pause.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="detail">The same in words.</param>
    /// <param name="error">What is logged.</param>
    /// <param name="isAtOnce">Without a pause the first time: what is found dead has been so for a while.</param>
    public void Fail(GapCause cause, string detail, Exception error, bool isAtOnce = false)
    {
        Uncovered.Open(cause, detail);
        RestartLater(error, isAtOnce);
    }

    /// <summary>Restarts after a pause what is uncovered already, or is said to be by somebody else. Any thread.</summary>
    /// <param name="error">What is logged; null for nothing.</param>
    /// <param name="isAtOnce">Without a pause the first time.</param>
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

            // Jitter, so that many roots on one device that comes back do not all ask at once.
            var pause = isAtOnce && _pause == FirstPause ? TimeSpan.Zero : _pause * (0.75 + (Chance() / 2));
            _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, LongestPause.Ticks));
            _failures += error is null ? 0 : 1;
            BeginUnsynchronized(_failures, error, pause);
        }
    }

    /// <summary>Restarts at once what has not failed, unless a restart is waited for. Any thread.</summary>
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

    /// <summary>Somebody else tries now: a restart that is waited for is not made, and one that has begun gives up. Any thread.</summary>
    public void CancelRestart()
    {
        lock (_gate)
        {
            CancelUnsynchronized();
        }
    }

    /// <summary>What could be watched is watched: what fails next is a first failure, unless it is known by now that it failed. Any thread.</summary>
    /// <returns>Whether it had failed before.</returns>
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

    /// <summary>The root is covered again, except for one reason perhaps.</summary>
    public void Cover(GapCause? except = null)
    {
        NoteCovered();
        Uncovered.Close(except);
    }

    /// <summary>Ends the restarts and the comparisons at once, and completes when they have ended; what is uncovered stays so.</summary>
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

    // The clock may be a host's own, and fail. The thread of a source must not end by it, for the process would; the monitor does, and says so.
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

        // Never inside the call that failed: a restart inside its own callback recursed without end in more than one product.
        _restarting = DetachedTask.Run(async () =>
        {
            // The attempt before this one asked for it, and is about to end.
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

    /// <summary>Transitions, not attempts: that it fails, and that it cannot be restarted at once.</summary>
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
