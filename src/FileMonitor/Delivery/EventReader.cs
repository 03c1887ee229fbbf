using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace FileMonitor.Delivery;

/// <summary>
/// One reader's own bounded buffer. The stream's dispatcher writes, one consumer reads. A reader that does not keep up is waited for once,
/// then skips events and is told which (a Gap of its own); it is waited for again only after it has caught up.
/// </summary>
internal sealed class EventReader : IAsyncEnumerable<AuditEvent>
{
    private readonly Channel<AuditEvent> _buffer;
    private readonly Func<AuditEvent, long, AuditEvent> _describeGap;
    private readonly Action<EventReader> _closed;
    private CancellationToken _cancellationToken;
    private readonly int _capacity;
    private int _isEnumerated;
    private volatile Exception? _fault;

    // The dispatcher's alone, but for the two that health reads.
    private bool _isImpatient;
    private long _firstSkipped;
    private AuditEvent? _lastSkipped;
    private long _skipped;
    private volatile bool _isLagging;

    public EventReader(int capacity, Func<AuditEvent, long, AuditEvent> describeGap, Action<EventReader> closed, CancellationToken cancellationToken)
    {
        _capacity = capacity;
        _describeGap = describeGap;
        _closed = closed;
        _cancellationToken = cancellationToken;
        _buffer = Channel.CreateBounded<AuditEvent>(new BoundedChannelOptions(capacity)
        {
            SingleReader = true,
            SingleWriter = true,
            FullMode = BoundedChannelFullMode.Wait,
        });
    }

    public ReaderHealth Health => new()
    {
        Buffered = _buffer.Reader.Count,
        Capacity = _capacity,
        Skipped = Interlocked.Read(ref _skipped),
        IsLagging = _isLagging,
    };

    /// <summary>Makes the buffer, filled from the monitor's start on, the one of the caller that asks for it now.</summary>
    public void CancelWith(CancellationToken cancellationToken) => _cancellationToken = cancellationToken;

    /// <summary>Hands over an event, or leaves it out when the reader's buffer stays full for longer than the patience.</summary>
    public ValueTask WriteAsync(AuditEvent auditEvent, TimeSpan patience, TimeProvider time, CancellationToken hurry)
    {
        var buffered = _buffer.Reader.Count;
        if (buffered == 0)
        {
            _isImpatient = false;
        }

        if (_isLagging && buffered <= _capacity / 2)
        {
            // Half empty again: say what was left out, then go on.
            _isLagging = false;
            _buffer.Writer.TryWrite(_describeGap(_lastSkipped!, _firstSkipped));
        }

        if (!_isLagging && _buffer.Writer.TryWrite(auditEvent))
        {
            return ValueTask.CompletedTask;
        }

        if (_isLagging || _isImpatient || patience == TimeSpan.Zero || hurry.IsCancellationRequested)
        {
            Skip(auditEvent);
            return ValueTask.CompletedTask;
        }

        return WaitAndWriteAsync(auditEvent, patience, time, hurry);
    }

    /// <summary>No more events: what is buffered is still read, then the enumeration ends, or throws what ended the monitor.</summary>
    public void Complete(Exception? fault)
    {
        // Not handed to the channel: it would throw it at the dispatcher, and that must go on for the sinks.
        _fault ??= fault;
        _buffer.Writer.TryComplete();
    }

    public async IAsyncEnumerator<AuditEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isEnumerated, 1) != 0)
        {
            throw new InvalidOperationException("A subscription is enumerated once. Call ReadAllAsync again for another one.");
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken, cancellationToken);
        try
        {
            await foreach (var auditEvent in _buffer.Reader.ReadAllAsync(either.Token).ConfigureAwait(false))
            {
                yield return auditEvent;
            }

            // The stream ended while events were being left out. Its completion makes the dispatcher's fields visible here.
            if (_isLagging)
            {
                yield return _describeGap(_lastSkipped!, _firstSkipped);
            }

            if (_fault is { } fault)
            {
                ExceptionDispatchInfo.Throw(fault);
            }
        }
        finally
        {
            _closed(this);
            _buffer.Writer.TryComplete();
        }
    }

    private async ValueTask WaitAndWriteAsync(AuditEvent auditEvent, TimeSpan patience, TimeProvider time, CancellationToken hurry)
    {
        using var patienceIsOver = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patienceIsOver.Token, hurry);
        try
        {
            while (await _buffer.Writer.WaitToWriteAsync(either.Token).ConfigureAwait(false))
            {
                if (_buffer.Writer.TryWrite(auditEvent))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            _isImpatient = true;
            Skip(auditEvent);
        }
    }

    private void Skip(AuditEvent auditEvent)
    {
        if (!_isLagging)
        {
            _isLagging = true;
            _firstSkipped = auditEvent.Sequence;
        }

        _lastSkipped = auditEvent;
        Interlocked.Increment(ref _skipped);
    }
}
