// Over 300 lines because it is one idea: the order in which events are numbered and handed on, which no half of it could keep alone.
using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Threading.Channels;
using FileMonitor.Diagnostics;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Delivery;

/// <summary>
/// Gives every event its sequence number and carries it to required sinks first, then to the other sinks' and the readers' own buffers. One
/// dispatcher task owns the sequence; the pump hands events over through a bounded channel, so a slow consumer pushes back on the pump
/// and not on memory.
/// </summary>
internal sealed class AuditEventStream : IDisposable
{
    private const int OutboxCapacity = 4096;

    private readonly Channel<AuditEvent> _outbox = Channel.CreateBounded<AuditEvent>(
        new BoundedChannelOptions(OutboxCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    // Gaps about sinks come from the sinks' own tasks. Bounded: a sink opens or closes one episode at a time.
    private readonly Channel<AuditEvent> _notices = Channel.CreateBounded<AuditEvent>(
        new BoundedChannelOptions(256) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    // Marks in the outbox, and who waits until everything before the mark is delivered.
    private readonly ConcurrentDictionary<AuditEvent, TaskCompletionSource<long>> _marks = new(ReferenceEqualityComparer.Instance);

    private readonly ReaderOptions _options;
    private readonly int _maxBatch;
    private readonly AuditEventBuilder _events;
    private readonly MonitorInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<SinkDelivery> _sinks;
    private readonly CancellationTokenSource _hurry = new();
    private readonly Lock _readersGate = new();
    private readonly Action _tookSome;
    private volatile EventReader[] _readers;
    private EventReader? _unclaimed;
    private TaskCompletionSource<long>? _reached;
    private bool _isComplete;
    private Exception? _fault;
    private long _sequence;

    // The dispatcher's; read by anyone.
    private readonly long[] _emitted = new long[Enum.GetValues<AuditEventKind>().Length];
    private readonly long[] _gapsOpened = new long[Enum.GetValues<GapCause>().Length];

    // Of readers that have left; under the lock.
    private long _skippedByGone;

    /// <param name="options">The readers' buffers.</param>
    /// <param name="sinkOptions">The sinks' batches.</param>
    /// <param name="sinks">Makes the deliveries; the argument is what each calls when it loses events, and when it recovers.</param>
    /// <param name="events">Builds gaps.</param>
    /// <param name="instruments">Counts and times.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of every event, if it wants to know.</param>
    /// <param name="tookSome">Told when there is room again.</param>
    public AuditEventStream(
        ReaderOptions options,
        SinkOptions sinkOptions,
        Func<Action<SinkOutage>, IReadOnlyList<SinkDelivery>> sinks,
        AuditEventBuilder events,
        MonitorInstruments instruments,
        TimeProvider time,
        ILogger logger,
        Action tookSome)
    {
        _options = options;
        _maxBatch = sinkOptions.MaxBatch;
        _events = events;
        _instruments = instruments;
        _time = time;
        _logger = logger;
        _tookSome = tookSome;
        _sinks = sinks(TellOutage);

        // The first reader gets what was said before it asked, so that nothing falls between start and the first `await foreach`.
        _unclaimed = NewReader(CancellationToken.None);
        _readers = [_unclaimed];
    }

    /// <summary>The last sequence number given; any thread.</summary>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <summary>Gaps told so far; any thread.</summary>
    public long Gaps => Interlocked.Read(ref _emitted[(int)AuditEventKind.Gap]);

    public IReadOnlyList<SinkHealth> SinkHealth => [.. _sinks.Select(sink => sink.GetHealth())];

    public IReadOnlyList<ReaderHealth> ReaderHealth => [.. _readers.Where(reader => reader != Volatile.Read(ref _unclaimed)).Select(reader => reader.Health)];

    /// <summary>Events told so far, by <see cref="AuditEventKind"/>; any thread.</summary>
    public IReadOnlyList<long> Emitted => Copy(_emitted);

    /// <summary>Gaps opened so far, by <see cref="GapCause"/>; any thread.</summary>
    public IReadOnlyList<long> GapsOpened => Copy(_gapsOpened);

    /// <summary>Events that readers were not given, those that have left included; any thread.</summary>
    public long ReadersSkipped
    {
        get
        {
            lock (_readersGate)
            {
                return _skippedByGone + _readers.Where(reader => reader != _unclaimed).Sum(reader => reader.Health.Skipped);
            }
        }
    }

    /// <summary>Hands an event over; false when there is no room, and then <c>tookSome</c> is called once there is.</summary>
    public bool TryWrite(AuditEvent auditEvent) => _outbox.Writer.TryWrite(auditEvent);

    public EventReader Subscribe(CancellationToken cancellationToken)
    {
        lock (_readersGate)
        {
            if (_unclaimed is { } first)
            {
                Volatile.Write(ref _unclaimed, null);
                first.CancelWith(cancellationToken);
                return first;
            }

            var reader = NewReader(cancellationToken);
            if (_isComplete)
            {
                reader.Complete(_fault);
            }
            else
            {
                _readers = [.. _readers, reader];
            }

            return reader;
        }
    }

    /// <summary>Runs until the pump said that no more comes, and everything was handed on.</summary>
    public async Task RunAsync()
    {
        var batch = new List<AuditEvent>(_maxBatch);
        bool hasMore;
        do
        {
            hasMore = await _outbox.Reader.WaitToReadAsync().ConfigureAwait(false);
            while (TakeBatch(batch))
            {
                _tookSome();
                await DeliverAsync(batch).ConfigureAwait(false);
                batch.Clear();
                _reached?.TrySetResult(_sequence);
                _reached = null;
            }
        }
        while (hasMore);

        CancelMarks();

        foreach (var sink in _sinks)
        {
            await sink.CompleteAsync(_hurry.Token).ConfigureAwait(false);
        }

        // The last things the sinks had to say reach the readers, though not the sinks.
        while (TakeBatch(batch))
        {
            await DeliverToReadersAsync(batch).ConfigureAwait(false);
            batch.Clear();
        }
    }

    /// <summary>
    /// Completes when every event handed over before is in the readers' buffers and was written to the sinks; with the last sequence number
    /// that covers, and what the sinks did not take. Cancelled when the monitor ends first.
    /// </summary>
    public async Task<(long Sequence, IReadOnlyList<string> Refusals)> FlushAsync(CancellationToken cancellationToken)
    {
        var mark = new AuditEvent();
        var reached = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _marks[mark] = reached;
        try
        {
            await _outbox.Writer.WriteAsync(mark, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            reached.TrySetCanceled(CancellationToken.None);
        }

        var sequence = await reached.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        var refusals = await Task.WhenAll(_sinks.Select(sink => sink.FlushAsync(_time, cancellationToken))).ConfigureAwait(false);
        return (sequence, [.. refusals.OfType<string>()]);
    }

    /// <summary>No more events come: the dispatcher hands on what it has and ends.</summary>
    public void CompleteWriting() => _outbox.Writer.TryComplete();

    /// <summary>Stops waiting for slow readers and sinks. Any thread.</summary>
    public void Hurry() => _hurry.Cancel();

    /// <summary>Ends every reader's enumeration, with the error that ended the monitor if there was one.</summary>
    public void CompleteReaders(Exception? fault)
    {
        lock (_readersGate)
        {
            _isComplete = true;
            _fault ??= fault;
            foreach (var reader in _readers)
            {
                reader.Complete(_fault);
            }
        }
    }

    public void Dispose() => _hurry.Dispose();

    private bool TakeBatch(List<AuditEvent> batch)
    {
        var now = _time.GetUtcNow();
        while (batch.Count < _maxBatch && (_notices.Reader.TryRead(out var next) || _outbox.Reader.TryRead(out next)))
        {
            if (ReferenceEquals(next, Wake))
            {
                continue;
            }

            if (next.Monitor.Length == 0 && !_marks.IsEmpty && _marks.TryRemove(next, out _reached))
            {
                // What is in the batch so far is delivered first.
                return true;
            }

            next.Sequence = Interlocked.Increment(ref _sequence);
            next.Id = Guid.CreateVersion7(now);
            next.EmittedAt = now;
            Interlocked.Increment(ref _emitted[(int)next.Kind]);
            if (next.Gap is { } gap)
            {
                if (gap.Phase == GapPhase.Opened)
                {
                    Interlocked.Increment(ref _gapsOpened[(int)gap.Cause]);
                }

                NumberGap(gap, next.Sequence);
            }

            _instruments.Emitted(next, now);
            if (_logger.IsEnabled(LogLevel.Trace))
            {
                // A name is what a stranger chose: it must not steer the terminal that the log is read on.
                _logger.EventTold(next.Sequence, next.Kind, next.Root, JavaScriptEncoder.Default.Encode(next.RelativePath));
            }

            batch.Add(next);
        }

        return batch.Count > 0;
    }

    /// <summary>From where the reader can no longer, and to where it could not, be sure to have been told everything.</summary>
    private static void NumberGap(GapDetails gap, long sequence)
    {
        if (gap.Number is not null)
        {
            gap.FirstSequence = gap.Opening?.FirstSequence ?? sequence;
            gap.LastSequence = gap.Phase == GapPhase.Closed ? sequence : null;
        }
    }

    private static long[] Copy(long[] counts)
    {
        var copy = new long[counts.Length];
        for (var i = 0; i < copy.Length; i++)
        {
            copy[i] = Interlocked.Read(ref counts[i]);
        }

        return copy;
    }

    private void CancelMarks()
    {
        foreach (var mark in _marks.Values)
        {
            mark.TrySetCanceled(CancellationToken.None);
        }
    }

    private async ValueTask DeliverAsync(List<AuditEvent> batch)
    {
        foreach (var sink in _sinks)
        {
            try
            {
                await sink.DeliverAsync(batch, _hurry.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_hurry.IsCancellationRequested)
            {
                // Counted and told by the delivery itself.
            }
        }

        await DeliverToReadersAsync(batch).ConfigureAwait(false);
    }

    private async ValueTask DeliverToReadersAsync(List<AuditEvent> batch)
    {
        foreach (var reader in _readers)
        {
            // Nobody may ever read where there are sinks: what the first reader would get is then kept as far as it fits, without waiting.
            var patience = reader == Volatile.Read(ref _unclaimed) && _sinks.Count > 0 ? TimeSpan.Zero : _options.Patience;
            foreach (var auditEvent in batch)
            {
                var written = reader.WriteAsync(auditEvent, patience, _time, _hurry.Token);
                if (!written.IsCompletedSuccessfully)
                {
                    await written.ConfigureAwait(false);
                }
            }
        }
    }

    private void TellOutage(SinkOutage outage)
    {
        var detail = outage.Recovered
            ? $"Sink {outage.Sink} accepts events again; it does not have {outage.Dropped} of those from {outage.FirstSequence} to {outage.LastSequence}."
            : $"Sink {outage.Sink} did not accept events from {outage.FirstSequence} on: {outage.Error}";
        var gap = _events.Gap(outage.Recovered ? GapPhase.Closed : GapPhase.Opened, GapCause.SinkFailed, "", "", outage.Dropped, detail, _time.GetUtcNow());
        gap.Gap!.FirstSequence = outage.FirstSequence;
        gap.Gap.LastSequence = outage.LastSequence;
        _notices.Writer.TryWrite(gap);

        // The dispatcher may be waiting for events; a full outbox means that it is not.
        _outbox.Writer.TryWrite(Wake);
    }

    private static readonly AuditEvent Wake = new();

    private EventReader NewReader(CancellationToken cancellationToken) =>
        new(_options.BufferCapacity, DescribeSkipped, Unsubscribe, cancellationToken);

    private AuditEvent DescribeSkipped(AuditEvent last, long firstSequence)
    {
        var gap = _events.Gap(
            GapPhase.Closed,
            GapCause.ReaderTooSlow,
            "",
            "",
            last.Sequence - firstSequence + 1,
            "This reader did not read fast enough. Read faster, or raise Readers.BufferCapacity.",
            last.EmittedAt);
        gap.Sequence = last.Sequence;
        gap.Id = Guid.CreateVersion7(last.EmittedAt);
        gap.EmittedAt = last.EmittedAt;
        gap.Gap!.FirstSequence = firstSequence;
        gap.Gap.LastSequence = last.Sequence;
        return gap;
    }

    private void Unsubscribe(EventReader reader)
    {
        lock (_readersGate)
        {
            if (_readers.Contains(reader))
            {
                _skippedByGone += reader.Health.Skipped;
                _readers = [.. _readers.Where(other => other != reader)];
            }
        }
    }
}
