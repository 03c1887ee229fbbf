using System.Diagnostics.CodeAnalysis;
using FileMonitor.Delivery;
using FileMonitor.Durable.Journal;

namespace FileMonitor.Durable.State;

/// <summary>
/// The cursor of one consumer in the journal. It reads the journal and never memory, so that the consumer gets the same bytes after a crash as before it. One reader
/// at a time; any thread may acknowledge.
/// </summary>
/// <param name="name">The name, by which the position is stored.</param>
/// <param name="reader">Reads the journal; used by this cursor only.</param>
/// <param name="log">Has the number of durable records, and whether more can come.</param>
/// <param name="file">Stores the position.</param>
/// <param name="place">The position at the beginning.</param>
/// <param name="bound">The most unacknowledged events that may be out.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "It lives as long as the store, which disposes the readers.")]
internal sealed class JournalCursor(string name, JournalReader reader, DurableLog log, CursorFile file, CursorPlace place, int bound) : IAcknowledgedCursor
{
    private readonly Wakeup _wakeup = new();
    private readonly JournalLines _lines = new();
    private readonly Lock _gate = new();

    // Under the lock: the unacknowledged events that are out, with the index of the record after each.
    private readonly Queue<(long Sequence, long Next)> _out = new();
    private AcknowledgedPrefix _prefix = new(place.Acknowledged);
    private CursorPlace _place = place;

    // Owned by the reader.
    private long _next = place.Record;
    private long _told = place.Acknowledged;

    public string Name => name;

    public bool IsDurable => true;

    public bool IsFull => _prefix.Outstanding >= bound;

    public long Acknowledged
    {
        get
        {
            lock (_gate)
            {
                return _place.Acknowledged;
            }
        }
    }

    public long Lag => Math.Max(0, log.Last - Acknowledged);

    /// <summary>The first record that is needed after a restart.</summary>
    public long Record
    {
        get
        {
            lock (_gate)
            {
                return _place.Record;
            }
        }
    }

    public async ValueTask<IReadOnlyList<AuditEvent>> ReadAsync(int most, CancellationToken cancellationToken)
    {
        using var cancelled = cancellationToken.UnsafeRegister(static wakeup => ((Wakeup)wakeup!).Tell(), _wakeup);
        while (true)
        {
            // Read before the check for records: nothing is appended after completion.
            var isComplete = log.IsComplete;
            var hasRoom = !IsFull;
            if (hasRoom && Read(Math.Min(most, bound - _prefix.Outstanding)) is { Count: > 0 } events)
            {
                return events;
            }

            if (hasRoom && isComplete && _next >= log.Records)
            {
                return [];
            }

            if (!hasRoom || _next >= log.Records)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await _wakeup.WaitAsync().ConfigureAwait(false);
            }
        }
    }

    public void Acknowledge(long sequence)
    {
        CursorPlace moved;
        lock (_gate)
        {
            if (!_prefix.Acknowledge(sequence))
            {
                return;
            }

            while (_out.TryPeek(out var first) && first.Sequence <= _prefix.Acknowledged)
            {
                _place = new CursorPlace(first.Sequence, first.Next);
                _out.Dequeue();
            }

            moved = _place;
        }

        file.Set(name, moved);
        _wakeup.Tell();
    }

    public void Rewind()
    {
        lock (_gate)
        {
            _prefix = new AcknowledgedPrefix(_place.Acknowledged);
            _out.Clear();
            (_next, _told) = (_place.Record, _place.Acknowledged);
        }
    }

    /// <summary>Wakes the reader: there are more records, or none will come. Any thread.</summary>
    public void Wake() => _wakeup.Tell();

    private List<AuditEvent> Read(int most)
    {
        var events = new List<AuditEvent>();
        switch (reader.Read(_next, _lines, most))
        {
            case JournalReadStatus.Read:
                for (var at = 0; at < _lines.Count; at++)
                {
                    _next = _lines.FirstIndex + at + 1;
                    if (EventLine.ReadEvent(_lines[at]) is { } auditEvent)
                    {
                        Tell(events, auditEvent);
                    }
                }

                break;
            case JournalReadStatus.Deleted:
                SkipDeleted(events);
                break;
        }

        return events;
    }

    /// <summary>Records were deleted before they were read: finds the first event that is left and adds a gap for those before it.</summary>
    private void SkipDeleted(List<AuditEvent> events)
    {
        _next = _lines.FirstIndex;
        while (reader.Read(_next, _lines, 1) == JournalReadStatus.Read)
        {
            _next++;
            if (EventLine.ReadEvent(_lines[0]) is { } first)
            {
                if (first.Sequence > _told + 1)
                {
                    // The gap has the sequence number of the last event that it stands for.
                    Tell(events, log.DescribeDeleted(_told + 1, first.Sequence - 1, first.EmittedAt));
                }

                Tell(events, first);
                return;
            }
        }
    }

    private void Tell(List<AuditEvent> events, AuditEvent auditEvent)
    {
        events.Add(auditEvent);
        _told = auditEvent.Sequence;
        lock (_gate)
        {
            _prefix.Told(auditEvent.Sequence);
            _out.Enqueue((auditEvent.Sequence, _next));
        }
    }
}
