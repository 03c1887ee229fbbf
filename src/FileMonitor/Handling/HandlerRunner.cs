using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace FileMonitor.Handling;

/// <summary>
/// Gives the events of one cursor to one handler: in order per path, with retries; acknowledges what is handled, and what became a dead letter. The reading loop owns the cursor.
/// </summary>
/// <remarks>How many events may be read and not handled is the bound of the cursor (<see cref="IAcknowledgedCursor.IsFull"/>): those of one path leave room for others up to there.</remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A handler that was cut off may still use them; without timers and wait handles they hold nothing.")]
internal sealed class HandlerRunner
{
    private const int MostAtOnce = 256;

    private readonly HandlerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PathOrder _order = new();
    private readonly HandlerCalls _calls;
    private readonly ResiliencePipeline<Attempt> _retries;
    private readonly CancellationTokenSource _stopReading = new();
    private readonly CancellationTokenSource _giveUp = new();
    private IAcknowledgedCursor? _cursor;
    private DeadLetterList? _letters;
    private FrozenSet<Guid> _parkedBefore = [];
    private Task _running = Task.CompletedTask;

    // Events that failed and are not done; those that are in a call or wait for their turn; those that wait for room in the list of dead letters.
    private int _failing;
    private int _inCalls;
    private int _blocked;

    public HandlerRunner(HandlerRegistration registration, TimeProvider time, ILogger logger)
    {
        (_options, _time, _logger) = (registration.Options, time, logger);
        _calls = new HandlerCalls(registration, time, logger);
        var retries = new ResiliencePipelineBuilder<Attempt> { TimeProvider = time };
        if (_options.Retry.Attempts > 1)
        {
            retries.AddRetry(new RetryStrategyOptions<Attempt>
            {
                MaxRetryAttempts = _options.Retry.Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = _options.Retry.Delay,
                MaxDelay = _options.Retry.MaxDelay,
                ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Result is { Error: not null, IsSuperseded: false }),
            });
        }

        _retries = retries.Build();
    }

    public string Name => _options.Name;

    /// <summary>The dead letters; null before the start.</summary>
    public DeadLetterList? Letters => _letters;

    public HandlerHealth Health
    {
        get
        {
            var (handled, failures, failingSince, lastError) = _calls.Tally;
            return new HandlerHealth
            {
                Name = Name,
                IsDurable = _cursor?.IsDurable ?? false,
                Handled = handled,
                Failures = failures,
                Lag = _cursor?.Lag ?? 0,
                DeadLetters = _letters?.Letters.Count ?? 0,
                IsBlocked = Volatile.Read(ref _blocked) > 0 || (_cursor is { IsFull: true } && Volatile.Read(ref _failing) > 0 && Volatile.Read(ref _inCalls) == 0),
                FailingSince = failingSince,
                LastError = lastError,
            };
        }
    }

    public void Start(IAcknowledgedCursor cursor, DeadLetterList letters)
    {
        (_cursor, _letters) = (cursor, letters);
        _parkedBefore = letters.Letters.Select(static letter => letter.Event.Id).ToFrozenSet();
        _running = Task.Run(() => RunAsync(cursor));
    }

    /// <summary>
    /// Ends the reading and waits: with a store for the events that have begun, and the others wait for the next start; without one for all, because the cursor ends when everything is read.
    /// </summary>
    public async Task StopAsync()
    {
        if (_cursor is { IsDurable: true })
        {
            await _stopReading.CancelAsync().ConfigureAwait(false);
        }

        await _running.ConfigureAwait(false);
        if (_giveUp.IsCancellationRequested && _cursor?.Lag is > 0 and var left)
        {
            _logger.HandlerCutOff(Name, left, _cursor is { IsDurable: true } ? "they come again after the next start" : "they are lost");
        }
    }

    /// <summary>The stop ran out of time: signals the handler's token and leaves the rest. Any thread.</summary>
    public void Hurry()
    {
        _stopReading.Cancel();
        _giveUp.Cancel();
    }

    /// <summary>Gives dead letters to the handler again, once each.</summary>
    /// <returns>How many it has handled.</returns>
    /// <exception cref="InvalidOperationException">The caller is the handler.</exception>
    public async Task<int> RetryDeadLettersAsync(CancellationToken cancellationToken)
    {
        if (_calls.IsInsideCall)
        {
            throw new InvalidOperationException($"Handler '{Name}' called RetryAsync for its own dead letters, and would wait for itself. Call it from elsewhere.");
        }

        var handled = 0;
        var letters = _letters?.Letters ?? [];
        await Task.WhenAll(letters.Select(RetryAsync)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return handled;

        // Another caller may have tried the letter meanwhile.
        async Task RetryAsync(DeadLetter letter)
        {
            try
            {
                await _calls.CallAsync(
                    letter.Event,
                    isWanted: () => !cancellationToken.IsCancellationRequested && !_stopReading.IsCancellationRequested && _letters!.Letters.Any(one => one.Event.Id == letter.Event.Id),
                    then: () => Interlocked.Add(ref handled, TryRemove(letter) ? 1 : 0),
                    _giveUp.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // It was not wanted any more, or the monitor has stopped. The letter stays.
            }
        }
    }

    private async Task RunAsync(IAcknowledgedCursor cursor)
    {
        try
        {
            while (await cursor.ReadAsync(MostAtOnce, _stopReading.Token).ConfigureAwait(false) is { Count: > 0 } events)
            {
                foreach (var one in events)
                {
                    _ = _order.Add(one, () => HandleAsync(one, cursor));
                }
            }
        }
        catch (OperationCanceledException) when (_stopReading.IsCancellationRequested)
        {
            // The monitor stops.
        }
        catch (Exception defect)
        {
            // A cursor that cannot read its journal. The events stay unacknowledged.
            _calls.Failed(defect);
            _logger.HandlerEnded(defect, Name);
        }

        await _order.WhenDoneAsync().ConfigureAwait(false);
        await _calls.WhenDoneAsync().ConfigureAwait(false);
    }

    private async Task HandleAsync(AuditEvent auditEvent, IAcknowledgedCursor cursor)
    {
        try
        {
            // It was acknowledged when it became a dead letter, but the process ended before that was stored.
            if (!_parkedBefore.Contains(auditEvent.Id) && await TryAsync(auditEvent).ConfigureAwait(false) is ({ Error: { } error } last, var attempts))
            {
                if (last.IsSuperseded)
                {
                    _logger.HandlerSuperseded(Name, auditEvent.Sequence);
                }
                else
                {
                    await ParkAsync(new DeadLetter(auditEvent, attempts, $"{error.GetType().Name}: {error.Message}", _time.GetUtcNow())).ConfigureAwait(false);
                    _logger.HandlerParked(error, Name, auditEvent.Sequence, attempts);
                }
            }

            cursor.Acknowledge(auditEvent.Sequence);
        }
        catch (OperationCanceledException) when (_stopReading.IsCancellationRequested)
        {
            // It stays unacknowledged.
        }
    }

    /// <returns>The last attempt, and the number of calls.</returns>
    /// <exception cref="OperationCanceledException">The monitor stops.</exception>
    private async Task<(Attempt Last, int Attempts)> TryAsync(AuditEvent auditEvent)
    {
        var (attempts, failures) = (0, 0);
        try
        {
            var last = await _retries.ExecuteAsync(
                async token =>
                {
                    attempts++;
                    var error = await CallAsync(auditEvent, isFirst: attempts == 1, token).ConfigureAwait(false);
                    if (error is not null && ++failures == 1)
                    {
                        Interlocked.Increment(ref _failing);
                    }

                    // The content is gone, and does not come back without another event.
                    return new Attempt(error, IsSuperseded: error is ContentChangedException && _order.IsSuperseded(auditEvent));
                },
                _giveUp.Token).ConfigureAwait(false);
            return (last, attempts);
        }
        finally
        {
            Interlocked.Add(ref _failing, failures > 0 ? -1 : 0);
        }
    }

    private async Task<Exception?> CallAsync(AuditEvent auditEvent, bool isFirst, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _inCalls);
        try
        {
            // An event that has not begun when the reading ends waits for the next start.
            return await _calls.CallAsync(auditEvent, isWanted: () => !isFirst || !_stopReading.IsCancellationRequested, then: static () => { }, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _inCalls);
        }
    }

    /// <summary>Adds a dead letter. Waits while the list is full or cannot be written: an event must not be acknowledged before it is there.</summary>
    private async Task ParkAsync(DeadLetter letter)
    {
        var isBlocked = false;
        try
        {
            while (!TryPark(letter))
            {
                if (!isBlocked)
                {
                    isBlocked = true;
                    Interlocked.Increment(ref _blocked);
                }

                await Task.Delay(_options.Retry.MaxDelay > TimeSpan.Zero ? _options.Retry.MaxDelay : TimeSpan.FromSeconds(1), _time, _giveUp.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Add(ref _blocked, isBlocked ? -1 : 0);
        }
    }

    private bool TryPark(DeadLetter letter)
    {
        try
        {
            return _letters!.TryAdd(letter, _options.MaxDeadLetters);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _logger.HandlerNotParked(error, Name, letter.Event.Sequence);
            return false;
        }
    }

    private bool TryRemove(DeadLetter letter)
    {
        try
        {
            return _letters!.Remove(letter.Event.Id);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _logger.HandlerLetterKept(error, Name, letter.Event.Sequence);
            return false;
        }
    }

    // A type of our own: Polly keeps all members of its result type in a trimmed program, and those of Exception are not trim-safe.
    private readonly record struct Attempt(Exception? Error, bool IsSuperseded);
}
