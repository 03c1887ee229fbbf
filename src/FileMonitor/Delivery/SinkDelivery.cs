using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Delivery;

/// <summary>
/// Carries events to one sink under its promise: a required one is waited for, a best-effort one has a buffer and a task of its own. An event
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
    private readonly SinkBuffer? _buffer;
    private readonly Lazy<Task> _completion;

    /// <param name="registration">The sink, its promise and its name.</param>
    /// <param name="options">Checked, and not changed any more.</param>
    /// <param name="timeProvider">For timeouts, pauses and breaks.</param>
    /// <param name="logger">Told when an outage begins and ends.</param>
    /// <param name="onOutage">
    /// Told the same. Called on the stream's thread or on this sink's, one call at a time and in order; it must be quick, must not throw, and must not
    /// wait for a lock that is held around <see cref="DeliverAsync"/>.
    /// </param>
    public SinkDelivery(SinkRegistration registration, SinkOptions options, TimeProvider timeProvider, ILogger logger, Action<SinkOutage> onOutage)
    {
        _maxBatch = options.MaxBatch;
        _tally = new SinkTally(registration, options.BufferCapacity, logger, onOutage);
        _caller = new SinkCaller(registration.Sink, options, timeProvider, _tally);
        _buffer = registration.Promise == SinkPromise.BestEffort ? new SinkBuffer(options, timeProvider, _caller, _tally, _cutOff.Token) : null;
        _completion = new Lazy<Task>(() => Task.Run(CompleteOnceAsync));
    }

    /// <summary>
    /// Offers a batch. For a required sink completes when the sink has it or it failed for good; for any other returns at once. The
    /// list is not used after that. One caller at a time.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was signalled before a required sink had everything; the rest is counted as dropped.</exception>
    public ValueTask DeliverAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        _tally.Offered(batch.Count);
        if (_completion.IsValueCreated)
        {
            _tally.Dropped(batch, "The monitor has stopped.");
            return ValueTask.CompletedTask;
        }

        if (_buffer is null)
        {
            return WriteAsync(batch, cancellationToken);
        }

        _buffer.Add(batch);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Completes when what was offered before has been written: with null, or with a sentence when the sink does not take it. A best-effort sink
    /// is waited for only so long; nothing was promised to it.
    /// </summary>
    public async Task<string?> FlushAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (_buffer is null)
        {
            return _tally.Complaint;
        }

        try
        {
            return await _buffer.FlushAsync().WaitAsync(LongestFlush, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return $"The sink {_tally.GetHealth().Name} did not take its events within {LongestFlush}.";
        }
    }

    /// <summary>
    /// No more batches: writes what is buffered, flushes the sink and reports an outage that is still open. What is left when the deadline comes is
    /// counted as dropped, and a sink that does not listen is left behind. Can be called again: every caller's deadline counts.
    /// </summary>
    public async Task CompleteAsync(CancellationToken deadline)
    {
        using var registration = deadline.UnsafeRegister(static cutOff => ((CancellationTokenSource)cutOff!).Cancel(), _cutOff);
        await _completion.Value.ConfigureAwait(false);
    }

    /// <summary>Any thread, any time; never waits for the sink.</summary>
    public SinkHealth GetHealth() => _tally.GetHealth();

    private async ValueTask WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        var isCutOff = false;
        for (var start = 0; start < batch.Count; start += _maxBatch)
        {
            // A copy: a sink that was too slow may still be reading when the caller fills its list again.
            AuditEvent[] part = [.. batch.Skip(start).Take(_maxBatch)];
            isCutOff |= await _caller.WriteAsync(part, cancellationToken).ConfigureAwait(false) == SinkCallResult.CutOff;
        }

        if (isCutOff)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private async Task CompleteOnceAsync()
    {
        if (_buffer is not null)
        {
            await _buffer.CompleteAsync().ConfigureAwait(false);
        }

        await _caller.FlushAsync(_cutOff.Token).ConfigureAwait(false);
        _tally.Close();
    }
}
