using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Delivery;

/// <summary>
/// Carries events to one sink under its promise: a required one is waited for, a best-effort one has a cursor and a task of its own. An event
/// that was offered is written or counted as dropped, never neither. Owned by the event stream.
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

    /// <param name="log">What it is given, from here on.</param>
    /// <param name="store">Where a required sink has a place of its own that outlives the process; null where none is.</param>
    /// <param name="registration">The sink, its promise and its name.</param>
    /// <param name="options">Checked, and not changed any more.</param>
    /// <param name="timeProvider">For timeouts, pauses and breaks.</param>
    /// <param name="logger">Told when an outage begins and ends.</param>
    /// <param name="onOutage">
    /// Told the same. Called on the stream's thread or on this sink's, one call at a time and in order; it must be quick, must not throw, and must not
    /// wait for a lock that is held around <see cref="DeliverAsync"/>.
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

    /// <summary>Up to here the sink has the events, is being given them, or does not get them any more.</summary>
    public long Position => _stored is null ? _cursor.Position : long.MaxValue;

    /// <summary>Begins behind this event, before anything was offered; one that is stored, where it was. The dispatcher's.</summary>
    public void BeginAfter(long sequence)
    {
        _offered = sequence;
        _cursor.BeginAfter(sequence);
        _stored?.Start();
    }

    /// <summary>
    /// Offers the events up to this one. For a required sink completes when the sink has them or it failed for good; for any other returns at once.
    /// One caller at a time.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was signalled before a required sink had everything; the rest is counted as dropped.</exception>
    public ValueTask DeliverAsync(long end, CancellationToken cancellationToken)
    {
        var first = _offered + 1;
        _offered = end;
        if (_stored is not null)
        {
            // It reads the store by itself, however far behind it is.
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
    /// Completes when what was offered before has been written: with null, or with a sentence when the sink does not take it. A best-effort sink
    /// is waited for only so long; nothing was promised to it.
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
    /// No more events: writes what waits, flushes the sink and reports an outage that is still open. What is left when the deadline comes is
    /// counted as dropped, and a sink that does not listen is left behind. Can be called again: every caller's deadline counts.
    /// </summary>
    public async Task CompleteAsync(CancellationToken deadline)
    {
        using var registration = deadline.UnsafeRegister(static cutOff => ((CancellationTokenSource)cutOff!).Cancel(), _cutOff);
        await _completion.Value.ConfigureAwait(false);
    }

    /// <summary>Any thread, any time; never waits for the sink.</summary>
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
