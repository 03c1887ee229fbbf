namespace FileMonitor.Delivery;

/// <summary>
/// All readers of one stream. The first caller gets a cursor that exists from the start, so that no event is missed between the start of the monitor and
/// the first <c>await foreach</c>.
/// </summary>
internal sealed class EventReaders
{
    private readonly IEventLog _log;
    private readonly ReaderOptions _options;
    private readonly AuditEventBuilder _events;
    private readonly TimeProvider _time;
    private volatile bool _isFirstWaitedFor;
    private readonly Action _hasRead;
    private readonly Lock _gate = new();
    private volatile EventReader[] _readers;
    private EventReader? _unclaimed;
    private bool _isComplete;
    private Exception? _fault;

    // The last offered event; a new reader begins after it. Under the lock.
    private long _offered;

    // Skipped events of readers that have ended. Under the lock.
    private long _skippedByGone;

    /// <param name="log">The log.</param>
    /// <param name="options">The bound and the patience of each reader.</param>
    /// <param name="events">Builds the gap for skipped events.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isFirstWaitedFor">Whether the dispatcher waits for the first reader before its reading begins. False where there are sinks, because a host with sinks may never read.</param>
    /// <param name="hasRead">Called when a reader has read everything.</param>
    public EventReaders(IEventLog log, ReaderOptions options, AuditEventBuilder events, TimeProvider time, bool isFirstWaitedFor, Action hasRead)
    {
        _log = log;
        _options = options;
        _events = events;
        _time = time;
        _isFirstWaitedFor = isFirstWaitedFor;
        _hasRead = hasRead;
        _unclaimed = Open(CancellationToken.None);
        _readers = [_unclaimed];
    }

    /// <summary>The health of all requested readers.</summary>
    public IReadOnlyList<ReaderHealth> Health => [.. _readers.Where(reader => reader != Volatile.Read(ref _unclaimed)).Select(reader => reader.Health)];

    /// <summary>How many events were skipped, including those of readers that have ended. Any thread.</summary>
    public long Skipped
    {
        get
        {
            lock (_gate)
            {
                return _skippedByGone + _readers.Where(reader => reader != _unclaimed).Sum(reader => reader.Health.Skipped);
            }
        }
    }

    /// <summary>No present or future reader reads the events up to this one. Any thread.</summary>
    public long Lowest
    {
        get
        {
            lock (_gate)
            {
                var lowest = _offered;
                foreach (var reader in _readers)
                {
                    lowest = Math.Min(lowest, reader.Position);
                }

                return lowest;
            }
        }
    }

    /// <summary>Reading begins after this event: the log was opened. Called before the first offer.</summary>
    public void BeginAfter(long sequence)
    {
        lock (_gate)
        {
            _offered = sequence;
            foreach (var reader in _readers)
            {
                reader.BeginAfter(sequence);
            }
        }
    }

    /// <summary>The host may never read: the dispatcher does not wait for the first reader before its reading begins.</summary>
    public void ExpectNone() => _isFirstWaitedFor = false;

    /// <summary>Opens a reader of the monitor's own. The first one stays for the host.</summary>
    public EventReader OpenOwn()
    {
        lock (_gate)
        {
            var reader = Open(CancellationToken.None);
            _readers = [.. _readers, reader];
            return reader;
        }
    }

    public EventReader Subscribe(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_unclaimed is { } first)
            {
                Volatile.Write(ref _unclaimed, null);
                first.CancelWith(cancellationToken);
                return first;
            }

            var reader = Open(cancellationToken);
            if (_isComplete)
            {
                reader.Complete(_fault);
            }
            else
            {
                _readers = [.. _readers, reader];
            }

            return reader;
        }
    }

    /// <summary>Offers the events up to this one to all readers, and waits for readers without room. Called by the dispatcher.</summary>
    public async ValueTask OfferAsync(long end, CancellationToken hurry)
    {
        EventReader[] readers;
        lock (_gate)
        {
            _offered = end;
            readers = _readers;
        }

        // First the readers that have room, so that they do not wait for the others.
        var hasAll = true;
        foreach (var reader in readers)
        {
            hasAll &= reader.TryOffer(end);
        }

        if (hasAll)
        {
            return;
        }

        foreach (var reader in readers)
        {
            var patience = _isFirstWaitedFor || reader != Volatile.Read(ref _unclaimed) ? _options.Patience : TimeSpan.Zero;
            await reader.OfferAsync(end, patience, _time, hurry).ConfigureAwait(false);
        }
    }

    /// <summary>Ends every reader's enumeration, with the error that ended the monitor if there was one.</summary>
    public void Complete(Exception? fault)
    {
        lock (_gate)
        {
            _isComplete = true;
            _fault ??= fault;
            foreach (var reader in _readers)
            {
                reader.Complete(_fault);
            }
        }
    }

    private EventReader Open(CancellationToken cancellationToken) =>
        new(new EventCursor(_log, _options.BufferCapacity, _offered), DescribeSkipped, _hasRead, Forget, cancellationToken);

    private AuditEvent DescribeSkipped(long first, long last, DateTimeOffset emittedAt)
    {
        var gap = _events.Gap(
            GapPhase.Closed,
            GapCause.ReaderTooSlow,
            "",
            "",
            last - first + 1,
            "This reader did not read fast enough. Read faster, or raise Readers.BufferCapacity.",
            emittedAt);
        gap.Sequence = last;
        gap.Id = Guid.CreateVersion7(emittedAt);
        gap.EmittedAt = emittedAt;
        gap.Gap!.FirstSequence = first;
        gap.Gap.LastSequence = last;
        return gap;
    }

    private void Forget(EventReader reader)
    {
        lock (_gate)
        {
            if (_readers.Contains(reader))
            {
                _skippedByGone += reader.Health.Skipped;
                _readers = [.. _readers.Where(other => other != reader)];
            }
        }
    }
}
