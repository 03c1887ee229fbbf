namespace FileMonitor.Delivery;

/// <summary>
/// Which events a consumer was told and has acknowledged. They are acknowledged in any order; the place is behind the last of those that are acknowledged
/// without one missing. Any thread.
/// </summary>
/// <param name="acknowledged">Where it begins.</param>
internal sealed class AcknowledgedPrefix(long acknowledged)
{
    private readonly Lock _gate = new();
    private readonly Queue<long> _told = new();
    private readonly HashSet<long> _done = [];
    private long _acknowledged = acknowledged;
    private long _last = acknowledged;

    /// <summary>Every event up to this one was acknowledged.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>How many were told and wait for it.</summary>
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

    /// <summary>An event is told to the consumer; numbers rise.</summary>
    public void Told(long sequence)
    {
        lock (_gate)
        {
            _told.Enqueue(sequence);
            _last = sequence;
        }
    }

    /// <summary>The consumer is done with it. One that was not told, or was acknowledged before, changes nothing.</summary>
    /// <returns>Whether the place has moved.</returns>
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

    /// <summary>What was told and not acknowledged will be told again.</summary>
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
