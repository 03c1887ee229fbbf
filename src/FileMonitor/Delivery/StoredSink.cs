using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Delivery;

/// <summary>
/// A required sink of a monitor with a store. It reads the store from its own position, writes batches to the sink and acknowledges them. A batch that fails is
/// written again until the sink takes it, also by the next process. The stream does not wait for it.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A token source without a timer holds nothing, and one that is disposed early would throw in a late CompleteAsync.")]
internal sealed class StoredSink(Func<IAcknowledgedCursor> open, SinkOptions options, TimeProvider time, SinkCaller caller, SinkTally tally, CancellationToken cutOff)
{
    private readonly CancellationTokenSource _stopBegun = new();
    private readonly Lock _waitersGate = new();
    private readonly List<(long Until, TaskCompletionSource<string?> Done)> _waiters = [];
    private Task _writing = Task.CompletedTask;

    // Under _waitersGate.
    private long _offered;
    private long _finished;

    /// <summary>Opens the cursor and starts the task. Called when the store is open.</summary>
    public void Start()
    {
        var cursor = open();
        _finished = _offered = cursor.Acknowledged;
        tally.Offered((int)Math.Min(int.MaxValue, cursor.Lag));
        _offered += cursor.Lag;

        // A monitor may be created inside a request. That request's context must not flow into the sink for as long as the monitor lives.
        using (ExecutionContext.SuppressFlow())
        {
            _writing = Task.Run(() => WriteAsync(cursor), CancellationToken.None);
        }
    }

    /// <summary>The store has the events up to this one.</summary>
    public void Offered(long end)
    {
        lock (_waitersGate)
        {
            tally.Offered((int)(end - _offered));
            _offered = end;
        }
    }

    /// <summary>Completes when everything offered before the call is written; at once, with a sentence, while the sink is failing.</summary>
    public Task<string?> FlushAsync()
    {
        lock (_waitersGate)
        {
            if (_finished >= _offered || tally.Complaint is not null)
            {
                return Task.FromResult(tally.Complaint);
            }

            var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((_offered, done));
            return done.Task;
        }
    }

    /// <summary>No more events: writes the rest, one attempt for each batch. What the sink does not take stays in the store for the next start.</summary>
    public async Task CompleteAsync()
    {
        await _stopBegun.CancelAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(false);
    }

    private async Task WriteAsync(IAcknowledgedCursor cursor)
    {
        while (await ReadAsync(cursor).ConfigureAwait(false) is { Count: > 0 } batch)
        {
            while (true)
            {
                var result = await caller.WriteAsync(batch, isKept: true, cutOff).ConfigureAwait(false);
                if (result == SinkCallResult.Done)
                {
                    break;
                }

                AnswerWaiters();
                if (result == SinkCallResult.CutOff || _stopBegun.IsCancellationRequested)
                {
                    return;
                }

                await Task.Delay(options.BreakDuration, time, _stopBegun.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            foreach (var written in batch)
            {
                cursor.Acknowledge(written.Sequence);
            }

            lock (_waitersGate)
            {
                _finished = batch[^1].Sequence;
            }

            AnswerWaiters();
        }
    }

    private async ValueTask<IReadOnlyList<AuditEvent>> ReadAsync(IAcknowledgedCursor cursor)
    {
        while (true)
        {
            try
            {
                return await cursor.ReadAsync(options.MaxBatch, _stopBegun.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The stop has begun, and everything is read.
                return [];
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                tally.NotFlushed(SinkTally.Describe(failed));
                AnswerWaiters();
            }

            if (_stopBegun.IsCancellationRequested)
            {
                return [];
            }

            await Task.Delay(options.BreakDuration, time, _stopBegun.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void AnswerWaiters()
    {
        lock (_waitersGate)
        {
            var complaint = tally.Complaint;
            _waiters.RemoveAll(waiter => (waiter.Until <= _finished || complaint is not null) && waiter.Done.TrySetResult(complaint));
        }
    }
}
