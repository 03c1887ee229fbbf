using System.Threading.Channels;

namespace FileMonitor.Delivery;

/// <summary>The buffer of a best-effort sink and the one task that empties it. <see cref="Add"/> has one caller at a time and never waits.</summary>
/// <remarks>
/// The circuit breaker is this task taking a break: with one caller there is nobody else to keep away from the sink, and events go on being buffered
/// meanwhile, so that a short outage costs nothing but what does not fit. (Polly's breaker measures a ratio over a sampling time and refuses the calls in
/// between; a batch it refused would have to be dropped or put back.) The break begins when a second batch in a row has failed for good, since the first
/// may have been refused for what was in it. After it a single event is tried, so that an outage that goes on costs one event per break, not a batch.
/// </remarks>
internal sealed class SinkBuffer
{
    private const int FailuresBeforeBreak = 2;

    private readonly Channel<AuditEvent> _events;
    private readonly TaskCompletionSource _stopBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SinkOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly SinkCaller _caller;
    private readonly SinkTally _tally;
    private readonly Task _emptying;
    private readonly Lock _waitersGate = new();
    private readonly List<(long Until, TaskCompletionSource<string?> Done)> _waiters = [];
    private long _added;
    private long _finished;

    public SinkBuffer(SinkOptions options, TimeProvider timeProvider, SinkCaller caller, SinkTally tally, CancellationToken cutOff)
    {
        _options = options;
        _timeProvider = timeProvider;
        _caller = caller;
        _tally = tally;
        _events = Channel.CreateBounded<AuditEvent>(new BoundedChannelOptions(options.BufferCapacity)
        {
            // Wait, not one of the Drop modes: those make TryWrite answer true for what they threw away.
            FullMode = BoundedChannelFullMode.Wait,
            SingleReader = true,
            SingleWriter = true,
        });

        // Who creates a monitor inside a request must not have that request's context flow into the sink for ever.
        using (ExecutionContext.SuppressFlow())
        {
            _emptying = Task.Run(() => EmptyAsync(cutOff), CancellationToken.None);
        }
    }

    public void Add(IReadOnlyList<AuditEvent> batch)
    {
        var (dropped, first, last) = (0, 0L, 0L);
        foreach (var one in batch)
        {
            if (!_events.Writer.TryWrite(one))
            {
                first = dropped++ == 0 ? one.Sequence : first;
                last = one.Sequence;
            }
        }

        Interlocked.Add(ref _added, batch.Count - dropped);

        if (dropped > 0)
        {
            _tally.Dropped(dropped, first, last, $"The sink's buffer is full (BufferCapacity {_options.BufferCapacity}): it is slower than events arrive, or it hangs.");
        }
    }

    /// <summary>Completes when every event that was added is written or dropped.</summary>
    public Task CompleteAsync()
    {
        _events.Writer.TryComplete();
        _stopBegun.TrySetResult();
        return _emptying;
    }

    /// <summary>Completes when what was added before is written or dropped; with a sentence when the sink fails, which it may do for long.</summary>
    public Task<string?> FlushAsync()
    {
        lock (_waitersGate)
        {
            if (_finished >= Interlocked.Read(ref _added) || _tally.Complaint is not null)
            {
                return Task.FromResult(_tally.Complaint);
            }

            var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((Interlocked.Read(ref _added), done));
            return done.Task;
        }
    }

    private void Finish(int count)
    {
        lock (_waitersGate)
        {
            _finished += count;
            var complaint = _tally.Complaint;
            _waiters.RemoveAll(waiter => (waiter.Until <= _finished || complaint is not null) && waiter.Done.TrySetResult(complaint));
        }
    }

    private async Task EmptyAsync(CancellationToken cutOff)
    {
        var failuresInARow = 0;

        // Without the token: it would end this loop with events still in the buffer. A write that is cut off returns at once and is counted.
        while (await _events.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            var isLastChance = _stopBegun.Task.IsCompleted;
            var isBroken = failuresInARow >= FailuresBeforeBreak;
            var batch = Take(isBroken ? 1 : _options.MaxBatch);
            var result = await _caller.WriteAsync(batch, cutOff).ConfigureAwait(false);
            Finish(batch.Count);
            if (result == SinkCallResult.Done)
            {
                failuresInARow = 0;
                _tally.IsCircuitOpen = false;
            }
            else if (++failuresInARow >= FailuresBeforeBreak)
            {
                if (isLastChance)
                {
                    var rest = Take(int.MaxValue);
                    _tally.Dropped(rest, "The sink was failing when the monitor stopped.");
                    Finish(rest.Count);
                }

                // A stop ends the break: whatever the sink's state, it gets one more attempt.
                _tally.IsCircuitOpen = true;
                await _stopBegun.Task.WaitAsync(_options.BreakDuration, _timeProvider, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private List<AuditEvent> Take(int limit)
    {
        var batch = new List<AuditEvent>(Math.Min(limit, _events.Reader.Count));
        while (batch.Count < limit && _events.Reader.TryRead(out var one))
        {
            batch.Add(one);
        }

        return batch;
    }
}
