using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Delivery;

/// <summary>
/// Delivers events to one sink by its promise: the stream waits for a required sink, unless a store keeps its events; a best-effort sink has a cursor and a
/// task of its own. Every offered event is written, counted as dropped, or kept in the store. Owned by the event stream.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A token source without a timer holds nothing, and one that is disposed early would throw in a late CompleteAsync.")]
internal sealed class SinkDelivery
{
    private static readonly TimeSpan LongestFlush = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _cutOff = new();
    private readonly int _maxBatch;
    private readonly SinkTally _tally;
    private readonly SinkCaller _caller;
    private readonly EventCursor _cursor;
    private readonly BestEffortSink? _bestEffort;
    private readonly StoredSink? _stored;
    private readonly Lazy<Task> _completion;
    private long _offered;

    /// <param name="log">The log, from here on.</param>
    /// <param name="store">Keeps the position of a required sink across restarts; null when there is no store.</param>
    /// <param name="registration">The sink, its promise and its name.</param>
    /// <param name="options">Checked, and not changed any more.</param>
    /// <param name="timeProvider">For timeouts, pauses and breaks.</param>
    /// <param name="logger">Logs when an outage begins and ends.</param>
    /// <param name="onOutage">
    /// Called when an outage begins and ends, by the dispatcher or by the sink's task, one call at a time and in order. It must be quick, must not throw,
    /// and must not wait for a lock that is held around <see cref="DeliverAsync"/>.
    /// </param>
    public SinkDelivery(
        IEventLog log, IMonitorStore? store, SinkRegistration registration, SinkOptions options, TimeProvider timeProvider, ILogger logger, Action<SinkOutage> onOutage)
    {
        _maxBatch = options.MaxBatch;
        _tally = new SinkTally(registration, options.BufferCapacity, timeProvider, logger, onOutage);
        _caller = new SinkCaller(registration.Sink, options, timeProvider, _tally);
        var isBestEffort = registration.Promise == SinkPromise.BestEffort;
        _offered = log.Last;
        _cursor = new EventCursor(log, isBestEffort ? options.BufferCapacity : options.MaxBatch, _offered);
        _stored = isBestEffort || store is null ? null : new StoredSink(() => store.OpenCursor("sink/" + registration.Name), options, timeProvider, _caller, _tally, _cutOff.Token);
        _bestEffort = isBestEffort ? new BestEffortSink(_cursor, options, timeProvider, _caller, _tally, _cutOff.Token) : null;
        _completion = new Lazy<Task>(() => Task.Run(CompleteOnceAsync));
    }

    /// <summary>The sink has the events up to this one, is being given them, or will not get them.</summary>
    public long Position => _stored is null ? _cursor.Position : long.MaxValue;

    /// <summary>Begins after this event; a sink with a stored position begins there. Called by the dispatcher before anything is offered.</summary>
    public void BeginAfter(long sequence)
    {
        _offered = sequence;
        _cursor.BeginAfter(sequence);
        _stored?.Start();
    }

    /// <summary>
    /// Offers the events up to this one. For a required sink without a store completes when the sink has them or every attempt failed; for others returns
    /// at once. One caller at a time.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was signalled before a required sink had everything; the rest is counted as dropped.</exception>
    public ValueTask DeliverAsync(long end, CancellationToken cancellationToken)
    {
        var first = _offered + 1;
        _offered = end;
        if (_stored is not null)
        {
            // The sink reads the store at its own pace.
            _stored.Offered(end);
            return ValueTask.CompletedTask;
        }

        _tally.Offered((int)(end - first + 1));
        if (_completion.IsValueCreated)
        {
            _tally.Dropped(end - first + 1, first, end, "The monitor has stopped.");
            return ValueTask.CompletedTask;
        }

        if (_bestEffort is null)
        {
            return WriteAsync(end, cancellationToken);
        }

        _bestEffort.Offer(end);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Completes when everything offered before the call is written: with null, or with a sentence when the sink does not take it. Waits for a limited
    /// time.
    /// </summary>
    public async Task<string?> FlushAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (_bestEffort is null && _stored is null)
        {
            return _tally.Complaint;
        }

        try
        {
            return await (_stored?.FlushAsync() ?? _bestEffort!.FlushAsync()).WaitAsync(LongestFlush, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return $"The sink {_tally.GetHealth().Name} did not take its events within {LongestFlush}.";
        }
    }

    /// <summary>
    /// No more events: writes the waiting ones, flushes the sink and reports an open outage. At the deadline the rest is counted as dropped, and a call that
    /// does not return is abandoned. May be called again: the earliest deadline counts.
    /// </summary>
    public async Task CompleteAsync(CancellationToken deadline)
    {
        using var registration = deadline.UnsafeRegister(static cutOff => ((CancellationTokenSource)cutOff!).Cancel(), _cutOff);
        await _completion.Value.ConfigureAwait(false);
    }

    /// <summary>Any thread. Never waits for the sink.</summary>
    public SinkHealth GetHealth() => _tally.GetHealth();

    private async ValueTask WriteAsync(long end, CancellationToken cancellationToken)
    {
        _cursor.Offer(end);
        var isCutOff = false;
        while (_cursor.Take(_maxBatch) is { Length: > 0 } part)
        {
            isCutOff |= await _caller.WriteAsync(part, isKept: false, cancellationToken).ConfigureAwait(false) == SinkCallResult.CutOff;
        }

        if (isCutOff)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private async Task CompleteOnceAsync()
    {
        await (_stored?.CompleteAsync() ?? _bestEffort?.CompleteAsync() ?? Task.CompletedTask).ConfigureAwait(false);

        await _caller.FlushAsync(_cutOff.Token).ConfigureAwait(false);
        _tally.Close();
    }
}
