using FileMonitor.Diagnostics;
using FileMonitor.Extending;
using Microsoft.Extensions.Logging;

namespace FileMonitor.Delivery;

/// <summary>
/// Counts what became of the events that were offered to one sink, and detects its outages. Thread-safe. At every moment offered = written + dropped +
/// buffered.
/// </summary>
/// <remarks>
/// An outage begins with the first dropped event. It ends with the first batch that is written while the buffer is at most half full: a sink that is only
/// slow writes batch after batch while events are dropped, and would otherwise begin and end an outage with each of them. A batch that holds only gaps about
/// sinks does not end an outage either: each end emits such a gap, which is written to this sink as well, so a sink that fails every second time would
/// produce gaps for ever.
/// </remarks>
internal sealed class SinkTally(SinkRegistration registration, int capacity, TimeProvider time, ILogger logger, Action<SinkOutage> onOutage)
{
    // Two locks: the begin and the end of an outage must be reported in order, so they are reported under _inOrder. GetHealth must never wait for the
    // receivers of these reports, so the numbers have a lock of their own.
    private readonly Lock _inOrder = new();
    private readonly Lock _numbers = new();
    private readonly int _recoveredAt = registration.Promise == SinkPromise.Required ? int.MaxValue : capacity / 2;
    private Outage? _outage;
    private long _offered;
    private long _written;
    private long _dropped;
    private long _failures;
    private long _batches;
    private long _retries;
    private volatile bool _isCircuitOpen;
    private DateTimeOffset? _failingSince;
    private string? _lastError;

    public string Name => registration.Name;

    public void Offered(int events)
    {
        lock (_numbers)
        {
            _offered += events;
        }
    }

    public void Written(IReadOnlyList<AuditEvent> batch)
    {
        lock (_inOrder)
        {
            bool hasCaughtUp;
            lock (_numbers)
            {
                _written += batch.Count;
                _batches++;
                hasCaughtUp = _offered - _written - _dropped <= _recoveredAt;
                _failingSince = hasCaughtUp ? null : _failingSince;
            }

            if (_outage is not null && hasCaughtUp && !IsOnlyAboutSinks(batch))
            {
                EndUnsynchronized(recovered: true);
            }
        }
    }

    public void Dropped(long events, long firstSequence, long lastSequence, string error)
    {
        lock (_inOrder)
        {
            lock (_numbers)
            {
                _dropped += events;
                _failingSince ??= time.GetUtcNow();
                _lastError = error;
            }

            var isNew = _outage is null;
            _outage = new(
                events + (_outage?.Dropped ?? 0),
                Math.Min(firstSequence, _outage?.FirstSequence ?? long.MaxValue),
                Math.Max(lastSequence, _outage?.LastSequence ?? 0),
                error);
            if (isNew)
            {
                Say(() => logger.SinkFailing(registration.Name, firstSequence, error));
                onOutage(_outage.ToNews(registration.Name, recovered: false));
            }
        }
    }

    public void Dropped(IReadOnlyList<AuditEvent> batch, string error)
    {
        if (batch.Count > 0)
        {
            Dropped(batch.Count, batch[0].Sequence, batch[^1].Sequence, error);
        }
    }

    /// <summary>A batch was not written and will be written again: nothing is lost.</summary>
    public void Held(IReadOnlyList<AuditEvent> batch, string error)
    {
        bool isNew;
        lock (_numbers)
        {
            isNew = _failingSince is null;
            _failingSince ??= time.GetUtcNow();
            _lastError = error;
        }

        if (isNew)
        {
            Say(() => logger.SinkFailing(registration.Name, batch[0].Sequence, error));
        }
    }

    /// <summary>One call failed; it may be tried again.</summary>
    public void CallFailed(Exception error)
    {
        long failures;
        lock (_numbers)
        {
            failures = ++_failures;
            _lastError = Describe(error);
        }

        Say(() => logger.SinkCallFailed(error, registration.Name, failures));
    }

    /// <summary>A failed call is made again.</summary>
    public void Retried()
    {
        lock (_numbers)
        {
            _retries++;
        }
    }

    /// <summary>Whether the circuit is open: the sink is not called for a while.</summary>
    public bool IsCircuitOpen
    {
        set => _isCircuitOpen = value;
    }

    public void NotFlushed(string error)
    {
        long written;
        lock (_numbers)
        {
            written = _written;
            _failingSince ??= time.GetUtcNow();
            _lastError = error;
        }

        Say(() => logger.SinkNotFlushed(registration.Name, written, error));
    }

    /// <summary>No more events: reports an open outage with its final numbers.</summary>
    public void Close()
    {
        lock (_inOrder)
        {
            if (_outage is not null)
            {
                EndUnsynchronized(recovered: false);
            }
        }
    }

    /// <summary>A sentence while the sink does not take events; null when it does.</summary>
    public string? Complaint
    {
        get
        {
            lock (_numbers)
            {
                return _failingSince is not null ? $"The sink {registration.Name} does not accept events: {_lastError}" : null;
            }
        }
    }

    public SinkHealth GetHealth()
    {
        lock (_numbers)
        {
            return new()
            {
                Name = registration.Name,
                Promise = registration.Promise,
                IsFailing = _failingSince is not null,
                FailingSince = _failingSince,
                IsCircuitOpen = _isCircuitOpen,
                Batches = _batches,
                Retries = _retries,
                Written = _written,
                Dropped = _dropped,
                Failures = _failures,
                Buffered = (int)(_offered - _written - _dropped),
                LastError = _lastError,
            };
        }
    }

    public static string Describe(Exception error) => $"{error.GetType().Name}: {error.Message}";

    private void EndUnsynchronized(bool recovered)
    {
        var news = _outage!.ToNews(registration.Name, recovered);
        _outage = null;
        Say(() =>
        {
            if (recovered)
            {
                logger.SinkRecovered(news.Sink, news.Dropped, news.FirstSequence, news.LastSequence);
            }
            else
            {
                logger.SinkFailedAtStop(news.Sink, news.Dropped, news.FirstSequence, news.LastSequence, news.Error);
            }
        });
        onOutage(news);
    }

    private static void Say(Action log)
    {
        try
        {
            log();
        }
        catch (Exception)
        {
            // A host's logger may throw. That must not end the delivery, and there is nowhere left to report it.
        }
    }

    private static bool IsOnlyAboutSinks(IReadOnlyList<AuditEvent> batch) =>
        batch.All(one => one.Gap is { Cause: GapCause.SinkFailed });

    private sealed record Outage(long Dropped, long FirstSequence, long LastSequence, string Error)
    {
        public SinkOutage ToNews(string sink, bool recovered) => new(sink, Dropped, FirstSequence, LastSequence, Error, recovered);
    }
}
