namespace FileMonitor.Delivery;

/// <summary>
/// Tracks which delivered events a consumer has acknowledged, in any order. The position is the last event up to which all are acknowledged.
/// Thread-safe.
/// </summary>
/// <param name="acknowledged">The position at the beginning.</param>
internal sealed class AcknowledgedPrefix(long acknowledged)
{
    private readonly Lock _gate = new();
    private readonly Queue<long> _told = new();
    private readonly HashSet<long> _done = [];
    private long _acknowledged = acknowledged;
    private long _last = acknowledged;

    /// <summary>Every event up to this one was acknowledged.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>How many events were delivered and are not yet behind the position.</summary>
    public int Outstanding
    {
        get
        {
            lock (_gate)
            {
                return _told.Count;
            }
        }
    }

    /// <summary>An event is delivered to the consumer. Numbers ascend.</summary>
    public void Told(long sequence)
    {
        lock (_gate)
        {
            _told.Enqueue(sequence);
            _last = sequence;
        }
    }

    /// <summary>The consumer has handled an event. Ignores one that was not delivered or is already acknowledged.</summary>
    /// <returns>Whether the position moved.</returns>
    public bool Acknowledge(long sequence)
    {
        lock (_gate)
        {
            if (!_told.TryPeek(out var first) || sequence < first || sequence > _last || !_done.Add(sequence))
            {
                return false;
            }

            var moved = false;
            while (_told.TryPeek(out var next) && _done.Remove(next))
            {
                Volatile.Write(ref _acknowledged, _told.Dequeue());
                moved = true;
            }

            return moved;
        }
    }

    /// <summary>Forgets what was delivered and not acknowledged: it will be delivered again.</summary>
    public void Rewind()
    {
        lock (_gate)
        {
            _told.Clear();
            _done.Clear();
            _last = _acknowledged;
        }
    }
}
