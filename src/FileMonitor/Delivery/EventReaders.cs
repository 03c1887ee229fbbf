namespace FileMonitor.Delivery;

/// <summary>
/// All readers of one stream. The first one that asks gets a cursor that was there from the start, so that nothing falls between the monitor's start and
/// the first <c>await foreach</c>.
/// </summary>
internal sealed class EventReaders
{
    private readonly IEventLog _log;
    private readonly ReaderOptions _options;
    private readonly AuditEventBuilder _events;
    private readonly TimeProvider _time;
    private readonly bool _isFirstWaitedFor;
    private readonly Action _hasRead;
    private readonly Lock _gate = new();
    private volatile EventReader[] _readers;
    private EventReader? _unclaimed;
    private bool _isComplete;
    private Exception? _fault;

    // Up to where events were offered: a reader that comes now begins behind it. Under the lock.
    private long _offered;

    // Of readers that have left. Under the lock.
    private long _skippedByGone;

    /// <param name="log">What they read.</param>
    /// <param name="options">How far each may lag, and for how long it is waited for.</param>
    /// <param name="events">Builds the gap that tells a reader what was left out for it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isFirstWaitedFor">Whether the first reader is waited for before it asks: where there are sinks, perhaps nobody ever reads.</param>
    /// <param name="hasRead">Told when a reader has read all there is.</param>
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

    /// <summary>Of all that were asked for.</summary>
    public IReadOnlyList<ReaderHealth> Health => [.. _readers.Where(reader => reader != Volatile.Read(ref _unclaimed)).Select(reader => reader.Health)];

    /// <summary>Events that readers were not given, those that have left included; any thread.</summary>
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

    /// <summary>Up to here no reader, and none that is still to come, will read; any thread.</summary>
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

    /// <summary>Events begin behind this one: the log was opened. Before the first offer.</summary>
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

    /// <summary>Lets all read up to here, and waits for those that have no room, each for its patience. The dispatcher's.</summary>
    public async ValueTask OfferAsync(long end, CancellationToken hurry)
    {
        EventReader[] readers;
        lock (_gate)
        {
            _offered = end;
            readers = _readers;
        }

        // First all who have room, so that they do not wait along.
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
