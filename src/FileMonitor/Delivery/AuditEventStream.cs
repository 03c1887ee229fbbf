using System.Threading.Channels;

namespace FileMonitor.Delivery;

/// <summary>
/// Appends events to the log and releases them to required sinks first, then to the other sinks and the readers. One task, the dispatcher, does that. The
/// pump writes to a bounded channel, so a slow consumer slows the pump and does not fill memory.
/// </summary>
internal sealed class AuditEventStream : IDisposable
{
    private const int OutboxCapacity = 4096;

    private readonly Channel<StreamItem> _outbox = Channel.CreateBounded<StreamItem>(
        new BoundedChannelOptions(OutboxCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    // Gaps about sinks, written by the tasks of the sinks. Bounded: a sink opens or closes one outage at a time.
    private readonly Channel<AuditEvent> _notices = Channel.CreateBounded<AuditEvent>(
        new BoundedChannelOptions(256) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly IEventLog _log;
    private readonly EventReaders _readers;
    private readonly IReadOnlyList<SinkDelivery> _sinks;
    private readonly AuditEventBuilder _events;
    private readonly EventTally _tally;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _hurry = new();
    private readonly Action _tookSome;

    /// <param name="log">The log. Only this stream appends to it.</param>
    /// <param name="options">The bounds of the readers.</param>
    /// <param name="sinks">Creates the deliveries; each calls the argument when it begins to lose events and when it recovers.</param>
    /// <param name="events">Builds gaps.</param>
    /// <param name="tally">Counts every event.</param>
    /// <param name="time">The clock.</param>
    /// <param name="tookSome">Called when there is room again.</param>
    public AuditEventStream(
        IEventLog log,
        ReaderOptions options,
        Func<Action<SinkOutage>, IReadOnlyList<SinkDelivery>> sinks,
        AuditEventBuilder events,
        EventTally tally,
        TimeProvider time,
        Action tookSome)
    {
        _log = log;
        _events = events;
        _tally = tally;
        _time = time;
        _tookSome = tookSome;
        _sinks = sinks(ReportOutage);
        _readers = new EventReaders(_log, options, events, time, isFirstWaitedFor: _sinks.Count == 0, Release);
    }

    /// <summary>The last assigned sequence number. Any thread.</summary>
    public long Sequence => _log.Last;

    public IReadOnlyList<SinkHealth> SinkHealth => [.. _sinks.Select(sink => sink.GetHealth())];

    public IReadOnlyList<ReaderHealth> ReaderHealth => _readers.Health;

    /// <summary>How many events readers were not given, including readers that have ended. Any thread.</summary>
    public long ReadersSkipped => _readers.Skipped;

    /// <summary>A reader of the monitor's own, from now on.</summary>
    public EventReader OpenReader() => _readers.OpenOwn();

    /// <summary>The host may never read: nobody waits for its first reader.</summary>
    public void ExpectNoReader() => _readers.ExpectNone();

    /// <summary>Passes an item to the dispatcher. False when there is no room; <c>tookSome</c> is called when there is.</summary>
    public bool TryWrite(StreamItem item) => _outbox.Writer.TryWrite(item);

    /// <summary>Delivery begins after the last event of the log, which was opened. Called before the dispatcher runs.</summary>
    public void Begin()
    {
        _readers.BeginAfter(_log.Last);
        foreach (var sink in _sinks)
        {
            sink.BeginAfter(_log.Last);
        }
    }

    public EventReader Subscribe(CancellationToken cancellationToken) => _readers.Subscribe(cancellationToken);

    /// <summary>Runs until <see cref="CompleteWriting"/> was called and everything is delivered.</summary>
    public async Task RunAsync()
    {
        var batch = new List<StreamItem>(_log.MaxBatch);
        bool hasMore;
        do
        {
            hasMore = await _outbox.Reader.WaitToReadAsync().ConfigureAwait(false);
            while (TakeBatch(batch, out var mark))
            {
                _tookSome();
                if (batch.Count > 0)
                {
                    await AppendAsync(batch).ConfigureAwait(false);
                    await DeliverToSinksAsync().ConfigureAwait(false);
                    await _readers.OfferAsync(_log.Last, _hurry.Token).ConfigureAwait(false);
                    Release();
                }

                mark?.TrySetResult(_log.Last);
            }
        }
        while (hasMore);

        foreach (var sink in _sinks)
        {
            await sink.CompleteAsync(_hurry.Token).ConfigureAwait(false);
        }

        // The last gaps about sinks still reach the readers. The sinks are closed by now.
        while (TakeBatch(batch, out _))
        {
            await AppendAsync(batch).ConfigureAwait(false);
            await _readers.OfferAsync(_log.Last, _hurry.Token).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Completes when every event written before the call is in the buffers of the readers and was written to the sinks. The result is the last
    /// sequence number covered, and a sentence for each sink that did not take its events. Cancelled when the monitor ends first.
    /// </summary>
    public async Task<(long Sequence, IReadOnlyList<string> Refusals)> FlushAsync(CancellationToken cancellationToken)
    {
        var mark = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _outbox.Writer.WriteAsync(new(Mark: mark), cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            mark.TrySetCanceled(CancellationToken.None);
        }

        var sequence = await mark.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        var refusals = await Task.WhenAll(_sinks.Select(sink => sink.FlushAsync(_time, cancellationToken))).ConfigureAwait(false);
        return (sequence, [.. refusals.OfType<string>()]);
    }

    /// <summary>No more events are written: the dispatcher delivers the rest and ends.</summary>
    public void CompleteWriting() => _outbox.Writer.TryComplete();

    /// <summary>Ends a stream that never ran: ends the tasks of the sinks.</summary>
    public Task CompleteUnstartedAsync()
    {
        CompleteWriting();
        return RunAsync();
    }

    /// <summary>Stops waiting for slow readers and sinks. Any thread.</summary>
    public void Hurry() => _hurry.Cancel();

    /// <summary>Ends every reader's enumeration, with the error that ended the monitor if there was one.</summary>
    public void CompleteReaders(Exception? fault) => _readers.Complete(fault);

    public void Dispose() => _hurry.Dispose();

    /// <summary>Takes waiting items, up to a full batch or a mark.</summary>
    /// <returns>Whether anything was taken.</returns>
    private bool TakeBatch(List<StreamItem> batch, out TaskCompletionSource<long>? mark)
    {
        mark = null;
        while (batch.Count < _log.MaxBatch && mark is null)
        {
            if (_notices.Reader.TryRead(out var notice))
            {
                batch.Add(new(notice));
            }
            else if (!_outbox.Reader.TryRead(out var next))
            {
                break;
            }
            else if (next.Event is not null || next.Deltas is not null)
            {
                batch.Add(next);
            }
            else
            {
                mark = next.Mark;
            }
        }

        return batch.Count > 0 || mark is not null;
    }

    private async ValueTask AppendAsync(List<StreamItem> batch)
    {
        var now = _time.GetUtcNow();
        await _log.AppendAsync(batch, now).ConfigureAwait(false);
        _tally.Add(batch, now);
        batch.Clear();
    }

    private async ValueTask DeliverToSinksAsync()
    {
        foreach (var sink in _sinks)
        {
            try
            {
                await sink.DeliverAsync(_log.Last, _hurry.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_hurry.IsCancellationRequested)
            {
                // The delivery has counted and reported it.
            }
        }
    }

    private void ReportOutage(SinkOutage outage)
    {
        var detail = outage.Recovered
            ? $"Sink {outage.Sink} accepts events again; it does not have {outage.Dropped} of those from {outage.FirstSequence} to {outage.LastSequence}."
            : $"Sink {outage.Sink} did not accept events from {outage.FirstSequence} on: {outage.Error}";
        var gap = _events.Gap(outage.Recovered ? GapPhase.Closed : GapPhase.Opened, GapCause.SinkFailed, "", "", outage.Dropped, detail, _time.GetUtcNow());
        gap.Gap!.FirstSequence = outage.FirstSequence;
        gap.Gap.LastSequence = outage.LastSequence;
        _notices.Writer.TryWrite(gap);

        // An empty item wakes the dispatcher. When the channel is full, the dispatcher is awake.
        _outbox.Writer.TryWrite(default);
    }

    /// <summary>Releases the events that no cursor will read any more. Any thread.</summary>
    private void Release()
    {
        var lowest = _readers.Lowest;
        foreach (var sink in _sinks)
        {
            lowest = Math.Min(lowest, sink.Position);
        }

        _log.Release(lowest);
    }
}
