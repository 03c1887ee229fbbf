using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Delivery;

/// <summary>
/// The place in the log of one who reads it. The dispatcher says up to where it may read, and moves it on when it is too far behind; one consumer
/// reads. Neither takes a lock: each moves the position by an exchange that fails when the other was first.
/// </summary>
/// <param name="log">What is read. It holds at least what the bound lets a cursor lag.</param>
/// <param name="bound">How many events may wait for this one, at least 1.</param>
/// <param name="after">The sequence number behind which it begins.</param>
internal sealed class EventCursor(IEventLog log, int bound, long after)
{
    private readonly Wakeup _more = new();

    // The dispatcher's; read by anyone.
    private long _end = after;
    private TaskCompletionSource? _room;
    private long _skippedAt;

    // Moved by both.
    private long _position = after;

    // The consumer's; read by anyone.
    private long _told = after;

    /// <summary>How many events may wait for it.</summary>
    public int Bound => bound;

    /// <summary>The last event that it has read, or that was left out for it.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Up to where it may read.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>How many events wait for it.</summary>
    public int Lag => (int)Math.Max(0, End - Position);

    /// <summary>Up to where it may be offered events before it lags by more than its bound.</summary>
    public long Room => Position + bound;

    /// <summary>Whether events were left out and the consumer does not know it yet.</summary>
    public bool HasUntold => Position > Volatile.Read(ref _told);

    /// <summary>When the last event that was left out had been emitted.</summary>
    public DateTimeOffset SkippedAt => new(Volatile.Read(ref _skippedAt), TimeSpan.Zero);

    /// <summary>Begins anew behind this event, before anything was offered. The dispatcher's.</summary>
    public void BeginAfter(long sequence)
    {
        // In this order: who reads meanwhile finds neither events nor any that were left out.
        Volatile.Write(ref _told, sequence);
        Volatile.Write(ref _position, sequence);
        Volatile.Write(ref _end, sequence);
    }

    /// <summary>It may read up to here from now on. The dispatcher's.</summary>
    public void Offer(long end)
    {
        Volatile.Write(ref _end, end);
        _more.Tell();
    }

    /// <summary>Leaves out the oldest events that wait for it, until no more wait than are kept. The dispatcher's.</summary>
    /// <returns>Which events those were; the first is greater than the last when the consumer was quicker and nothing was left out.</returns>
    public (long First, long Last) Skip(int kept)
    {
        var last = _end - kept;
        if (last > Position && log.TryRead(last, out var one))
        {
            // Before the position: who sees that one sees this.
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

    /// <summary>Completes when there is room for one more event. The dispatcher's.</summary>
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

    /// <summary>Nobody waits for room any more. Any thread.</summary>
    public void GiveRoom()
    {
        if (Volatile.Read(ref _room) is not null)
        {
            Interlocked.Exchange(ref _room, null)?.TrySetResult();
        }
    }

    /// <summary>Which events were left out since the last one read; each is told once. The consumer's.</summary>
    public bool TryTakeSkipped(out (long First, long Last) skipped)
    {
        var at = Position;
        skipped = (_told + 1, at);
        if (at == _told)
        {
            return false;
        }

        Volatile.Write(ref _told, at);
        return true;
    }

    /// <summary>The next event; false when there is none, or when events before it were left out, which are taken first. The consumer's.</summary>
    public bool TryTake([NotNullWhen(true)] out AuditEvent? auditEvent)
    {
        auditEvent = null;
        var at = Position;
        if (at != _told || at >= End)
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

        Volatile.Write(ref _told, at + 1);
        GiveRoom();
        auditEvent = next;
        return true;
    }

    /// <summary>The next events, at most so many; nothing when there are none. The consumer's.</summary>
    public AuditEvent[] Take(int limit)
    {
        for (var (at, end) = (Position, End); at < end; (at, end) = (Position, End))
        {
            var taken = new AuditEvent[Math.Min(limit, end - at)];
            if (TryRead(at, taken) && Interlocked.CompareExchange(ref _position, at + taken.Length, at) == at)
            {
                Volatile.Write(ref _told, at + taken.Length);
                return taken;
            }
        }

        return [];
    }

    /// <summary>Waits until it may read further, or <see cref="Wake"/>. The consumer's; it looks afterwards whether there is something.</summary>
    public ValueTask WaitAsync() => _more.WaitAsync();

    /// <summary>Lets the consumer look for itself: what it reads for has changed. Any thread.</summary>
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
