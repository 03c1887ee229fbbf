using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Delivery;

/// <summary>
/// A position in the log. The dispatcher sets the end up to which the consumer may read, and advances the position when the consumer lags too far; one
/// consumer reads. Neither takes a lock: each advances the position by a compare-and-exchange that fails when the other was first.
/// </summary>
/// <param name="log">The log. It holds at least as many events as a cursor may lag.</param>
/// <param name="bound">The largest lag, at least 1.</param>
/// <param name="after">The sequence number of the last event before its first.</param>
internal sealed class EventCursor(IEventLog log, int bound, long after)
{
    private readonly Wakeup _more = new();

    // Written by the dispatcher, read by any thread.
    private long _end = after;
    private TaskCompletionSource? _room;
    private long _skippedAt;

    // Written by the dispatcher and the consumer.
    private long _position = after;

    // Written by the consumer, read by any thread.
    private long _reported = after;

    /// <summary>The largest lag.</summary>
    public int Bound => bound;

    /// <summary>The last event that was read or skipped.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>The last event that may be read.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>How many events wait to be read.</summary>
    public int Lag => (int)Math.Max(0, End - Position);

    /// <summary>The end beyond which the lag would exceed the bound.</summary>
    public long Room => Position + bound;

    /// <summary>Whether events were skipped and the consumer has not taken note yet (<see cref="TryTakeSkipped"/>).</summary>
    public bool HasUnreportedSkip => Position > Volatile.Read(ref _reported);

    /// <summary>When the last skipped event was emitted.</summary>
    public DateTimeOffset SkippedAt => new(Volatile.Read(ref _skippedAt), TimeSpan.Zero);

    /// <summary>Begins after this event. Called by the dispatcher before anything is offered.</summary>
    public void BeginAfter(long sequence)
    {
        // In this order, a concurrent reader sees neither events nor skipped ones.
        Volatile.Write(ref _reported, sequence);
        Volatile.Write(ref _position, sequence);
        Volatile.Write(ref _end, sequence);
    }

    /// <summary>Sets the end. Called by the dispatcher.</summary>
    public void Offer(long end)
    {
        Volatile.Write(ref _end, end);
        _more.Tell();
    }

    /// <summary>Skips the oldest waiting events until at most <paramref name="kept"/> wait. Called by the dispatcher.</summary>
    /// <returns>The first and the last skipped event; the first is greater than the last when the consumer was quicker and nothing was skipped.</returns>
    public (long First, long Last) Skip(int kept)
    {
        var last = _end - kept;
        if (last > Position && log.TryRead(last, out var one))
        {
            // Written before the position: a thread that sees the new position sees this.
            Volatile.Write(ref _skippedAt, one.EmittedAt.UtcTicks);
        }

        for (var at = Position; at < last; at = Position)
        {
            if (Interlocked.CompareExchange(ref _position, last, at) == at)
            {
                return (at + 1, last);
            }
        }

        return (last + 1, last);
    }

    /// <summary>Completes when there is room for one more event. Called by the dispatcher.</summary>
    public Task RoomAsync()
    {
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _room, room);
        if (Room > _end)
        {
            room.TrySetResult();
        }

        return room.Task;
    }

    /// <summary>Ends the wait for room. Any thread.</summary>
    public void GiveRoom()
    {
        if (Volatile.Read(ref _room) is not null)
        {
            Interlocked.Exchange(ref _room, null)?.TrySetResult();
        }
    }

    /// <summary>Takes the range of events that were skipped since the last one read, once. Called by the consumer.</summary>
    public bool TryTakeSkipped(out (long First, long Last) skipped)
    {
        var at = Position;
        skipped = (_reported + 1, at);
        if (at == _reported)
        {
            return false;
        }

        Volatile.Write(ref _reported, at);
        return true;
    }

    /// <summary>Takes the next event. False when there is none, or when skipped events before it have not been taken. Called by the consumer.</summary>
    public bool TryTake([NotNullWhen(true)] out AuditEvent? auditEvent)
    {
        auditEvent = null;
        var at = Position;
        if (at != _reported || at >= End)
        {
            return false;
        }

        if (!log.TryRead(at + 1, out var next))
        {
            ThrowIfAt(at);
            return false;
        }

        if (Interlocked.CompareExchange(ref _position, at + 1, at) != at)
        {
            return false;
        }

        Volatile.Write(ref _reported, at + 1);
        GiveRoom();
        auditEvent = next;
        return true;
    }

    /// <summary>Takes the next events, at most <paramref name="limit"/>; none when none wait. Called by the consumer.</summary>
    public AuditEvent[] Take(int limit)
    {
        for (var (at, end) = (Position, End); at < end; (at, end) = (Position, End))
        {
            var taken = new AuditEvent[Math.Min(limit, end - at)];
            if (TryRead(at, taken) && Interlocked.CompareExchange(ref _position, at + taken.Length, at) == at)
            {
                Volatile.Write(ref _reported, at + taken.Length);
                return taken;
            }
        }

        return [];
    }

    /// <summary>Waits until the end moved, or for <see cref="Wake"/>. Called by the consumer, which checks afterwards whether there are events.</summary>
    public ValueTask WaitAsync() => _more.WaitAsync();

    /// <summary>Wakes the consumer, because its state has changed. Any thread.</summary>
    public void Wake() => _more.Tell();

    private bool TryRead(long at, AuditEvent[] into)
    {
        for (var index = 0; index < into.Length; index++)
        {
            if (!log.TryRead(at + 1 + index, out var next))
            {
                ThrowIfAt(at);
                return false;
            }

            into[index] = next;
        }

        return true;
    }

    private void ThrowIfAt(long at)
    {
        if (Position == at)
        {
            throw new InvalidOperationException($"The log does not hold event {at + 1}, from {log.First} to {log.Last}, which was offered to a cursor.");
        }
    }
}
