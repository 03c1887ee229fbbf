using System.Diagnostics.CodeAnalysis;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Handling;

/// <summary>
/// Calls one handler: with at most one call at a time for each path and as many as its parallelism in all, each with its timeout. Counts the calls. The counters are under the lock; any
/// thread.
/// </summary>
/// <remarks>
/// An event that waits for its next try, or for room in the list of dead letters, is in no call. So the retry of a dead letter comes in between, and an event that waits for room cannot
/// keep the retry from making it.
/// </remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A handler that was cut off may still use it; without a wait handle it holds nothing.")]
internal sealed class HandlerCalls
{
    private readonly IAuditEventHandler _handler;
    private readonly HandlerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PathOrder _order = new();
    private readonly SemaphoreSlim _turns;
    private readonly AsyncLocal<Call?> _current = new();
    private readonly Lock _gate = new();
    private long _handled;
    private long _failures;
    private DateTimeOffset? _failingSince;
    private string? _lastError;

    public HandlerCalls(HandlerRegistration registration, TimeProvider time, ILogger logger)
    {
        (_handler, _options, _time, _logger) = (registration.Handler, registration.Options, time, logger);
        _turns = new SemaphoreSlim(_options.Parallelism);
    }

    /// <summary>Whether the caller is code of the handler, in a call that has not ended.</summary>
    public bool IsInsideCall => _current.Value is { HasEnded: false };

    public (long Handled, long Failures, DateTimeOffset? FailingSince, string? LastError) Tally
    {
        get
        {
            lock (_gate)
            {
                return (_handled, _failures, _failingSince, _lastError);
            }
        }
    }

    /// <summary>Calls the handler for an event when no earlier call for its paths is left and it is its turn.</summary>
    /// <param name="auditEvent">The event.</param>
    /// <param name="isWanted">Asked when the call can begin; when it says no, there is none.</param>
    /// <param name="then">Done after a call that succeeded, before the next one of the same paths.</param>
    /// <param name="giveUp">Signals the token of the call, and ends the wait for it to begin.</param>
    /// <returns>The error; null when the call succeeded.</returns>
    /// <exception cref="OperationCanceledException">The call was not wanted, or it was given up.</exception>
    public async Task<Exception?> CallAsync(AuditEvent auditEvent, Func<bool> isWanted, Action then, CancellationToken giveUp)
    {
        var (isDone, error) = (false, (Exception?)null);
        await _order.Add(auditEvent, async () =>
        {
            await _turns.WaitAsync(giveUp).ConfigureAwait(false);
            try
            {
                if (isWanted())
                {
                    (isDone, error) = await CallNowAsync(auditEvent, giveUp).ConfigureAwait(false);
                }
            }
            finally
            {
                _turns.Release();
            }

            if (isDone && error is null)
            {
                then();
            }
        }).ConfigureAwait(false);
        return isDone ? error : throw new OperationCanceledException();
    }

    /// <summary>Completes when all calls that were asked for before have ended.</summary>
    public Task WhenDoneAsync() => _order.WhenDoneAsync();

    /// <summary>An error counts as one of the handler.</summary>
    public void Failed(Exception error)
    {
        lock (_gate)
        {
            _failures++;
            _failingSince ??= _time.GetUtcNow();
            _lastError = $"{error.GetType().Name}: {error.Message}";
        }
    }

    private async Task<(bool IsDone, Exception? Error)> CallNowAsync(AuditEvent auditEvent, CancellationToken giveUp)
    {
        using var token = new HostCallToken(error => _logger.HandlerCallbackFailed(error, Name), giveUp);

        // On the pool: a handler may block before its first await, and its time runs from here.
        var call = Task.Run(() => RunAsync(auditEvent, token.Token), CancellationToken.None);
        var isLate = await IsLateAsync(call).ConfigureAwait(false);
        if (isLate)
        {
            Failed(auditEvent, new TimeoutException($"It took longer than {_options.Timeout:c} (Timeout)."));
            token.Signal();
        }

        // Also when it is late and ignores its token: calls of one path must not overlap.
        var error = await call.ConfigureAwait(false);
        if (isLate)
        {
            return (true, new TimeoutException($"It took longer than {_options.Timeout:c} (Timeout).", error));
        }

        if (error is OperationCanceledException && giveUp.IsCancellationRequested)
        {
            return (false, null);
        }

        if (error is not null)
        {
            Failed(auditEvent, error);
            return (true, error);
        }

        lock (_gate)
        {
            _handled++;
            _failingSince = null;
        }

        return (true, null);
    }

    private string Name => _options.Name;

    private async Task<bool> IsLateAsync(Task call)
    {
        if (_options.Timeout > TimeSpan.Zero)
        {
            await call.WaitAsync(_options.Timeout, _time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return !call.IsCompleted;
        }

        return false;
    }

    // Never faults.
    private async Task<Exception?> RunAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var call = new Call();
        _current.Value = call;
        try
        {
            // On a busy pool the call may be late before it began. There is no work to begin then.
            cancellationToken.ThrowIfCancellationRequested();
            if (_options.Where?.Invoke(auditEvent) != false)
            {
                await DelegateHandler.NotNull(_handler.HandleAsync(auditEvent, cancellationToken)).ConfigureAwait(false);
            }

            return null;
        }
        catch (Exception error)
        {
            return error;
        }
        finally
        {
            call.HasEnded = true;
        }
    }

    private void Failed(AuditEvent auditEvent, Exception error)
    {
        Failed(error);
        _logger.HandlerCallFailed(error, Name, auditEvent.Sequence);
    }

    private sealed class Call
    {
        public volatile bool HasEnded;
    }
}
