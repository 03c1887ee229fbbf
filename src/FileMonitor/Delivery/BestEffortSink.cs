namespace FileMonitor.Delivery;

/// <summary>The cursor of a best-effort sink and the one task that moves it. <see cref="Offer"/> has one caller at a time and never waits.</summary>
/// <remarks>
/// The circuit breaker is a pause of this task: it is the only caller of the sink, and events go on waiting meanwhile, so a short outage costs only the
/// events that do not fit. (Polly's breaker measures a ratio over a sampling time and refuses calls; a refused batch would have to be dropped or put
/// back.) The pause begins after two batches in a row have failed, because one batch may fail for what is in it. After the pause a single event is
/// tried, so that a continuing outage costs one event per pause and not a batch.
/// </remarks>
internal sealed class BestEffortSink
{
    private const int FailuresBeforeBreak = 2;

    private readonly EventCursor _cursor;
    private readonly TaskCompletionSource _stopBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SinkOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly SinkCaller _caller;
    private readonly SinkTally _tally;
    private readonly Task _emptying;
    private readonly Lock _waitersGate = new();
    private readonly List<(long Until, TaskCompletionSource<string?> Done)> _waiters = [];
    private long _finished;

    public BestEffortSink(EventCursor cursor, SinkOptions options, TimeProvider timeProvider, SinkCaller caller, SinkTally tally, CancellationToken cutOff)
    {
        _cursor = cursor;
        _options = options;
        _timeProvider = timeProvider;
        _caller = caller;
        _tally = tally;

        // A monitor may be created inside a request. That request's context must not flow into the sink for as long as the monitor lives.
        using (ExecutionContext.SuppressFlow())
        {
            _emptying = Task.Run(() => EmptyAsync(cutOff), CancellationToken.None);
        }
    }

    /// <summary>Offers the events up to this one. Drops the oldest waiting events beyond the bound.</summary>
    public void Offer(long end)
    {
        _cursor.Offer(end);
        var (first, last) = _cursor.Skip(_cursor.Bound);
        if (first <= last)
        {
            _tally.Dropped(
                last - first + 1, first, last, $"The sink's buffer is full (BufferCapacity {_options.BufferCapacity}): it is slower than events arrive, or it hangs.");
        }
    }

    /// <summary>Completes when every offered event is written or dropped.</summary>
    public Task CompleteAsync()
    {
        _stopBegun.TrySetResult();
        _cursor.Wake();
        return _emptying;
    }

    /// <summary>Completes when everything offered before the call is written or dropped; at once, with a sentence, while the sink is failing.</summary>
    public Task<string?> FlushAsync()
    {
        lock (_waitersGate)
        {
            if (_finished >= _cursor.End || _tally.Complaint is not null)
            {
                return Task.FromResult(_tally.Complaint);
            }

            var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((_cursor.End, done));
            return done.Task;
        }
    }

    private void Finish(AuditEvent[] batch)
    {
        lock (_waitersGate)
        {
            _finished = batch[^1].Sequence;
            var complaint = _tally.Complaint;
            _waiters.RemoveAll(waiter => (waiter.Until <= _finished || complaint is not null) && waiter.Done.TrySetResult(complaint));
        }
    }

    private async Task EmptyAsync(CancellationToken cutOff)
    {
        var failuresInARow = 0;

        // The token does not end this loop while events wait. A write that is cut off returns at once and is counted.
        while (await HasMoreAsync().ConfigureAwait(false))
        {
            var isLastChance = _stopBegun.Task.IsCompleted;
            var isBroken = failuresInARow >= FailuresBeforeBreak;
            var batch = _cursor.Take(isBroken ? 1 : _options.MaxBatch);
            var result = await _caller.WriteAsync(batch, isKept: false, cutOff).ConfigureAwait(false);
            Finish(batch);
            if (result == SinkCallResult.Done)
            {
                failuresInARow = 0;
                _tally.IsCircuitOpen = false;
            }
            else if (++failuresInARow >= FailuresBeforeBreak)
            {
                if (isLastChance && _cursor.Take(int.MaxValue) is { Length: > 0 } rest)
                {
                    _tally.Dropped(rest, "The sink was failing when the monitor stopped.");
                    Finish(rest);
                }

                // A stop ends the pause: the sink gets one more attempt.
                _tally.IsCircuitOpen = true;
                await _stopBegun.Task.WaitAsync(_options.BreakDuration, _timeProvider, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits until there are events for the sink.</summary>
    /// <returns>False when the stop has begun and no event is left.</returns>
    private async ValueTask<bool> HasMoreAsync()
    {
        while (_cursor.Lag == 0)
        {
            // Nothing is offered after the stop has begun.
            if (_stopBegun.Task.IsCompleted && _cursor.Lag == 0)
            {
                return false;
            }

            await _cursor.WaitAsync().ConfigureAwait(false);
        }

        return true;
    }
}
