using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace FileMonitor.Delivery;

/// <summary>
/// The log in memory: the latest events, each held once for all readers. It grows as needed up to a limit; beyond the limit a new event replaces the oldest.
/// </summary>
/// <remarks>
/// Readers take no lock: a slot holds a whole event or none, and the reader compares the event's number with the requested one. Appending, once for each
/// batch, and releasing take the lock.
/// </remarks>
/// <param name="bound">The largest lag of a cursor.</param>
/// <param name="maxBatch">The largest batch. A batch is appended before lagging cursors are advanced to make room for it.</param>
/// <param name="after">The sequence number before the first event.</param>
internal sealed class EventRing(int bound, int maxBatch, long after = 0) : IEventLog
{
    private const int FirstLength = 256;

    private readonly int _limit = (int)BitOperations.RoundUpToPowerOf2((uint)(bound + maxBatch));
    private readonly Lock _gate = new();

    // The slot of an event is its number modulo the length, which is a power of two.
    private volatile AuditEvent?[] _slots = new AuditEvent?[(int)Math.Min(FirstLength, BitOperations.RoundUpToPowerOf2((uint)(bound + maxBatch)))];
    private long _first = after + 1;
    private long _last = after;

    public int MaxBatch => maxBatch;

    public long First => Volatile.Read(ref _first);

    public long Last => Volatile.Read(ref _last);

    public ValueTask AppendAsync(IReadOnlyList<StreamItem> batch, DateTimeOffset now)
    {
        Number(batch, Last, now);
        Keep(batch);
        return ValueTask.CompletedTask;
    }

    /// <summary>Assigns numbers, ids and the time, without keeping the events.</summary>
    /// <returns>The last assigned number.</returns>
    public static long Number(IReadOnlyList<StreamItem> batch, long last, DateTimeOffset now)
    {
        for (var at = 0; at < batch.Count; at++)
        {
            if (batch[at].Event is { } auditEvent)
            {
                auditEvent.Sequence = ++last;
                auditEvent.Id = Guid.CreateVersion7(now);
                auditEvent.EmittedAt = now;
                NumberGap(auditEvent);
            }
        }

        return last;
    }

    /// <summary>Keeps numbered events that follow the last one.</summary>
    public void Keep(IReadOnlyList<StreamItem> batch)
    {
        lock (_gate)
        {
            var slots = MakeRoom(batch.Count);
            var last = _last;
            for (var at = 0; at < batch.Count; at++)
            {
                if (batch[at].Event is { } auditEvent)
                {
                    last = auditEvent.Sequence;
                    Volatile.Write(ref slots[last & (slots.Length - 1)], auditEvent);
                }
            }

            Volatile.Write(ref _last, last);
        }
    }

    public bool TryRead(long sequence, [NotNullWhen(true)] out AuditEvent? auditEvent)
    {
        var slots = _slots;
        auditEvent = Volatile.Read(ref slots[sequence & (slots.Length - 1)]);
        return auditEvent?.Sequence == sequence;
    }

    public void Release(long upTo)
    {
        if (upTo < First)
        {
            return;
        }

        lock (_gate)
        {
            var slots = _slots;
            for (upTo = Math.Min(upTo, _last); _first <= upTo; _first++)
            {
                slots[_first & (slots.Length - 1)] = null;
            }
        }
    }

    /// <summary>Fills in the range of numbers that a gap may affect.</summary>
    private static void NumberGap(AuditEvent told)
    {
        if (told.Gap is { Number: not null } gap)
        {
            gap.FirstSequence = gap.Opening?.FirstSequence ?? told.Sequence;
            gap.LastSequence = gap.Phase == GapPhase.Closed ? told.Sequence : null;
        }
    }

    private AuditEvent?[] MakeRoom(int count)
    {
        var slots = _slots;
        var needed = _last + count - _first + 1;
        if (needed > slots.Length && slots.Length < _limit)
        {
            var longer = new AuditEvent?[Math.Min(_limit, (long)BitOperations.RoundUpToPowerOf2((ulong)needed))];
            for (var at = _first; at <= _last; at++)
            {
                longer[at & (longer.Length - 1)] = slots[at & (slots.Length - 1)];
            }

            _slots = slots = longer;
        }

        Volatile.Write(ref _first, Math.Max(_first, _last + count - slots.Length + 1));
        return slots;
    }
}
