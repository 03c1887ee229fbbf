using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Delivery;

/// <summary>The cursor of a consumer that acknowledges, in a monitor without a store. It holds unacknowledged events in memory, up to the bound of a reader.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore whose wait handle nobody asks for holds nothing.")]
internal sealed class MemoryCursor(EventReader reader, int bound) : IAcknowledgedCursor
{
    private readonly AcknowledgedPrefix _place = new(0);
    private readonly SemaphoreSlim _room = new(0);

    // Owned by the reading thread. The delivered events behind the position, including those that were acknowledged out of order.
    private readonly List<AuditEvent> _held = [];
    private IAsyncEnumerator<AuditEvent>? _events;
    private Task<bool>? _next;
    private int _at;

    public bool IsDurable => false;

    public bool IsFull => _place.Outstanding >= bound;

    public long Acknowledged => _place.Acknowledged;

    public long Lag => _place.Outstanding + reader.Health.Buffered;

    public async ValueTask<IReadOnlyList<AuditEvent>> ReadAsync(int most, CancellationToken cancellationToken)
    {
        Forget();
        if (_at < _held.Count)
        {
            var again = _held.GetRange(_at, Math.Min(most, _held.Count - _at));
            _at += again.Count;
            again.ForEach(one => _place.Told(one.Sequence));
            return again;
        }

        while (IsFull)
        {
            await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        Forget();
        _events ??= reader.GetAsyncEnumerator(CancellationToken.None);

        // Keep a pending read that the caller cancelled: the next call awaits it.
        _next ??= _events.MoveNextAsync().AsTask();
        if (!await _next.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            return [];
        }

        _next = null;
        var next = _events.Current;
        _held.Add(next);
        _at = _held.Count;
        _place.Told(next.Sequence);
        return [next];
    }

    public void Acknowledge(long sequence)
    {
        if (_place.Acknowledge(sequence))
        {
            _room.Release();
        }
    }

    public void Rewind()
    {
        Forget();
        _place.Rewind();
        _at = 0;
    }

    private void Forget()
    {
        var acknowledged = _held.FindIndex(one => one.Sequence > _place.Acknowledged) is >= 0 and var first ? first : _held.Count;
        _held.RemoveRange(0, acknowledged);
        _at = Math.Max(0, _at - acknowledged);
    }
}
