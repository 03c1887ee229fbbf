using System.Diagnostics.CodeAnalysis;
using FileMonitor.Delivery;
using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace FileMonitor.Handling;

/// <summary>
/// Gives the events of one cursor to one handler: in order per path, with retries; acknowledges what is handled, and what became a dead letter. The reading loop owns the cursor;
/// the counters are under the lock.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A handler that was cut off may still use them; without timers and wait handles they hold nothing.")]
internal sealed class HandlerRunner
{
    private const int MostAtOnce = 256;

    // Events read and not handled: those that wait for an earlier one of their path, for a retry, or for their turn.
    private const int MostOut = 1024;

    private readonly IAuditEventHandler _handler;
    private readonly HandlerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PathOrder _order = new();
    private readonly SemaphoreSlim _room = new(MostOut);
    private readonly SemaphoreSlim _turns;
    private readonly ResiliencePipeline<Attempt> _retries;
    private readonly CancellationTokenSource _stopReading = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly Lock _gate = new();
    private IAcknowledgedCursor? _cursor;
    private DeadLetterList? _letters;
    private Task _running = Task.CompletedTask;
    private long _handled;
    private long _failures;
    private int _blocked;
    private DateTimeOffset? _failingSince;
    private string? _lastError;

    public HandlerRunner(HandlerRegistration registration, TimeProvider time, ILogger logger)
    {
        (_handler, _options, _time, _logger) = (registration.Handler, registration.Options, time, logger);
        _turns = new SemaphoreSlim(_options.Parallelism);
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
                ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Result.Error is not null),
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
            lock (_gate)
            {
                return new HandlerHealth
                {
                    Name = Name,
                    IsDurable = _cursor?.IsDurable ?? false,
                    Handled = _handled,
                    Failures = _failures,
                    Lag = _cursor?.Lag ?? 0,
                    DeadLetters = _letters?.Letters.Count ?? 0,
                    IsBlocked = _blocked > 0,
                    FailingSince = _failingSince,
                    LastError = _lastError,
                };
            }
        }
    }

    public void Start(IAcknowledgedCursor cursor, DeadLetterList letters)
    {
        (_cursor, _letters) = (cursor, letters);
        _running = Task.Run(() => RunAsync(cursor));
    }

    /// <summary>
    /// Ends the reading and waits for what was read. With a store, unread events wait for the next start; without one the cursor ends when everything is read.
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
    public async Task<int> RetryDeadLettersAsync(CancellationToken cancellationToken)
    {
        var handled = 0;
        var letters = _letters?.Letters ?? [];
        await Task.WhenAll(letters.Select(letter => _order.Add(letter.Event, async () =>
        {
            if (!cancellationToken.IsCancellationRequested && !_giveUp.IsCancellationRequested
                && (await AttemptAsync(letter.Event, _giveUp.Token).ConfigureAwait(false)).Error is null && _letters!.Remove(letter.Event.Id))
            {
                Interlocked.Increment(ref handled);
            }
        }))).WaitAsync(cancellationToken).ConfigureAwait(false);
        return handled;
    }

    private async Task RunAsync(IAcknowledgedCursor cursor)
    {
        try
        {
            while (await cursor.ReadAsync(MostAtOnce, _stopReading.Token).ConfigureAwait(false) is { Count: > 0 } events)
            {
                foreach (var one in events)
                {
                    await _room.WaitAsync(_stopReading.Token).ConfigureAwait(false);
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
            Failed(defect);
            _logger.HandlerEnded(defect, Name);
        }

        await _order.WhenDoneAsync().ConfigureAwait(false);
    }

    private async Task HandleAsync(AuditEvent auditEvent, IAcknowledgedCursor cursor)
    {
        try
        {
            var attempts = 0;
            var last = await _retries.ExecuteAsync(
                async token =>
                {
                    attempts++;
                    return await AttemptAsync(auditEvent, token).ConfigureAwait(false);
                },
                _giveUp.Token).ConfigureAwait(false);
            if (last.Error is { } error)
            {
                await ParkAsync(new DeadLetter(auditEvent, attempts, $"{error.GetType().Name}: {error.Message}", _time.GetUtcNow())).ConfigureAwait(false);
                _logger.HandlerParked(error, Name, auditEvent.Sequence, attempts);
            }

            cursor.Acknowledge(auditEvent.Sequence);
        }
        catch (OperationCanceledException) when (_giveUp.IsCancellationRequested)
        {
            // It stays unacknowledged.
        }
        finally
        {
            _room.Release();
        }
    }

    private async ValueTask<Attempt> AttemptAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var timeout = _options.Timeout > TimeSpan.Zero ? new CancellationTokenSource(_options.Timeout, _time) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            if (_options.Where?.Invoke(auditEvent) != false)
            {
                // A host may return null in spite of the nullable annotations.
                await ((Task?)_handler.HandleAsync(auditEvent, either.Token) ?? throw new InvalidOperationException("The handler returned null instead of a task.")).ConfigureAwait(false);
            }

            Succeeded();
            return default;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            var failure = timeout.IsCancellationRequested && error is OperationCanceledException ? new TimeoutException($"It took longer than {_options.Timeout:c} (Timeout).", error) : error;
            Failed(failure);
            _logger.HandlerCallFailed(failure, Name, auditEvent.Sequence);
            return new Attempt(failure);
        }
        finally
        {
            _turns.Release();
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

    private void Succeeded()
    {
        lock (_gate)
        {
            _handled++;
            _failingSince = null;
        }
    }

    private void Failed(Exception error)
    {
        lock (_gate)
        {
            _failures++;
            _failingSince ??= _time.GetUtcNow();
            _lastError = $"{error.GetType().Name}: {error.Message}";
        }
    }

    // A type of our own: Polly keeps all members of its result type in a trimmed program, and those of Exception are not trim-safe.
    private readonly record struct Attempt(Exception? Error);
}
