using FileMonitor.Diagnostics;
using Polly;
using Polly.Retry;

namespace FileMonitor.Delivery;

/// <summary>The result of writing a batch to a sink.</summary>
internal enum SinkCallResult
{
    Done,

    /// <summary>Every attempt failed.</summary>
    Failed,

    /// <summary>The stop ran out of time.</summary>
    CutOff,
}

/// <summary>
/// Calls one sink: one call at a time, each with a timeout, with retries. No exception of the sink leaves this class, and no code of the sink runs on the
/// caller's thread. One caller at a time.
/// </summary>
/// <remarks>
/// Polly makes the retries. The timeout is our own, because Polly's is cooperative: it cancels a token and waits for the callback. Here a call that ignores
/// its token is abandoned. Batches must never overlap, so the next call waits until the abandoned one has ended; if that one succeeds after all, a
/// retry of the same batch has nothing left to do.
/// </remarks>
internal sealed class SinkCaller
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly IAuditEventSink _sink;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _timeProvider;
    private readonly SinkTally _tally;
    private readonly ResiliencePipeline<Attempt> _retries;
    private Call? _running;

    public SinkCaller(IAuditEventSink sink, SinkOptions options, TimeProvider timeProvider, SinkTally tally)
    {
        _sink = sink;
        _patience = options.WriteTimeout;
        _timeProvider = timeProvider;
        _tally = tally;
        var retries = new ResiliencePipelineBuilder<Attempt> { TimeProvider = timeProvider };
        if (options.Retries > 0)
        {
            retries.AddRetry(new RetryStrategyOptions<Attempt>
            {
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Result.Error is not null),
                OnRetry = _ =>
                {
                    tally.Retried();
                    return ValueTask.CompletedTask;
                },
            });
        }

        _retries = retries.Build();
    }

    /// <summary>Writes a batch and counts it as written or dropped. The sink may keep the batch after this call, so the caller must not reuse it.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="isKept">Whether the caller keeps a batch that is not written and writes it again: then it is not counted as dropped.</param>
    /// <param name="cutOff">Ends the attempts.</param>
    public async ValueTask<SinkCallResult> WriteAsync(IReadOnlyList<AuditEvent> batch, bool isKept, CancellationToken cutOff)
    {
        var activity = MonitorActivities.Start("filemonitor.sink.batch", batch[0].Monitor)?.SetTag("filemonitor.sink", _tally.Name).SetTag("filemonitor.sink.events", batch.Count);
        var (result, error) = await CallAsync(batch, cutOff).ConfigureAwait(false);

        // Not the sink's own error, which may name a file. The log and health have that.
        MonitorActivities.End(activity, result switch
        {
            SinkCallResult.Done => null,
            SinkCallResult.CutOff => "The stop ran out of time.",
            _ => "The sink did not take it.",
        });
        if (result == SinkCallResult.Done)
        {
            _tally.Written(batch);
        }
        else if (isKept)
        {
            _tally.Held(batch, error);
        }
        else
        {
            _tally.Dropped(batch, error);
        }

        return result;
    }

    public async ValueTask FlushAsync(CancellationToken cutOff)
    {
        var (result, error) = await CallAsync(batch: null, cutOff).ConfigureAwait(false);
        if (result != SinkCallResult.Done)
        {
            _tally.NotFlushed(error);
        }
    }

    /// <param name="batch">What to write; null to flush.</param>
    /// <param name="cutOff">Ends the attempts, and the wait for one.</param>
    private async ValueTask<(SinkCallResult Result, string Error)> CallAsync(IReadOnlyList<AuditEvent>? batch, CancellationToken cutOff)
    {
        Exception? error = null;
        try
        {
            var last = await _retries.ExecuteAsync(static (state, token) => state.This.AttemptAsync(state.batch, token), (This: this, batch), cutOff).ConfigureAwait(false);
            error = last.Error;
            if (error is null)
            {
                return (SinkCallResult.Done, "");
            }
        }
        catch (OperationCanceledException) when (cutOff.IsCancellationRequested)
        {
            // Counted like a failure; distinguished below.
        }

        return cutOff.IsCancellationRequested
            ? (SinkCallResult.CutOff, "The stop ran out of time." + (error is null ? "" : " " + SinkTally.Describe(error)))
            : (SinkCallResult.Failed, SinkTally.Describe(error!));
    }

    private async ValueTask<Attempt> AttemptAsync(IReadOnlyList<AuditEvent>? batch, CancellationToken cutOff)
    {
        cutOff.ThrowIfCancellationRequested();
        var error = await EndOfRunningAsync(cutOff).ConfigureAwait(false);
        if (error is null)
        {
            var late = _running;
            _running = null;
            if (late is not null && late.Batch == batch && late.Outcome.Result is null)
            {
                return default;
            }

            _running = Start(batch);
            error = await EndOfRunningAsync(cutOff).ConfigureAwait(false);
            if (error is null)
            {
                error = _running.Outcome.Result;
                _running = null;
            }
        }

        if (error is not null)
        {
            _tally.CallFailed(error);
        }

        return new(error);
    }

    /// <summary>Waits for the running call. Null when it has ended, whatever its result; otherwise its token is cancelled, and it may run for ever.</summary>
    private async ValueTask<Exception?> EndOfRunningAsync(CancellationToken cutOff)
    {
        if (_running is not { } running)
        {
            return null;
        }

        await ((Task)running.Outcome).WaitAsync(_patience, _timeProvider, cutOff).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running.Outcome.IsCompleted)
        {
            return null;
        }

        _ = CancelAsync(running);
        cutOff.ThrowIfCancellationRequested();
        return new TimeoutException($"The sink did not complete within {_patience} (WriteTimeout).");
    }

    private Call Start(IReadOnlyList<AuditEvent>? batch)
    {
        var cancellation = new CancellationTokenSource();
        return new(batch, cancellation, Task.Run(() => RunAsync(batch, cancellation.Token), CancellationToken.None));
    }

    // Never faults, so that an abandoned call leaves no unobserved exception.
    private async Task<Exception?> RunAsync(IReadOnlyList<AuditEvent>? batch, CancellationToken cancellationToken)
    {
        try
        {
            // On a starved thread pool a call may be abandoned before it began. The batch must not be written then.
            cancellationToken.ThrowIfCancellationRequested();

            // A host may return null in spite of the nullable annotations.
            var call = (Task?)(batch is null ? _sink.FlushAsync(cancellationToken) : _sink.WriteAsync(batch, cancellationToken));
            if (call is null)
            {
                return new InvalidOperationException($"{_sink.GetType().Name} returned null instead of a task.");
            }

            await call.ConfigureAwait(false);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    // Callbacks that the sink registered with the token are host code: they may block or throw. Run them on the pool and ignore their errors.
    private static async Task CancelAsync(Call call) =>
        await call.Cancellation.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    // A type of our own: Polly keeps all members of its result type in a trimmed program, and those of Exception are not trim-safe.
    private readonly record struct Attempt(Exception? Error);

    /// <param name="Batch">The batch; null for a flush.</param>
    /// <param name="Cancellation">Cancels the call.</param>
    /// <param name="Outcome">The exception, or null when the call succeeded.</param>
    private sealed record Call(IReadOnlyList<AuditEvent>? Batch, CancellationTokenSource Cancellation, Task<Exception?> Outcome);
}
