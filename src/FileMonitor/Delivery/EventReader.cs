using System.Runtime.ExceptionServices;

namespace FileMonitor.Delivery;

/// <summary>
/// One reader: a cursor that the dispatcher waits for once when its lag reaches the bound. After that the oldest half of the waiting events is skipped, and
/// the reader gets a Gap that names them. The dispatcher waits again only after the reader has caught up.
/// </summary>
/// <remarks>
/// While nobody has begun to read, the waiting events are copied out of the log instead, and later ones are skipped. The first reader of a monitor with
/// sinks may never be requested: if the log held the latest events for it, each would survive into an older generation before it is collected.
/// </remarks>
/// <param name="cursor">The position in the log.</param>
/// <param name="describeGap">Builds the gap from the first and the last skipped number and the time of the last.</param>
/// <param name="hasRead">Called when everything is read, before the reader waits.</param>
/// <param name="closed">Called when the reader ends.</param>
/// <param name="cancellationToken">Ends the enumeration.</param>
internal sealed class EventReader(
    EventCursor cursor,
    Func<long, long, DateTimeOffset, AuditEvent> describeGap,
    Action hasRead,
    Action<EventReader> closed,
    CancellationToken cancellationToken) : IAsyncEnumerable<AuditEvent>
{
    private readonly Lock _beginning = new();
    private CancellationToken _cancellationToken = cancellationToken;
    private Exception? _fault;

    // Under the lock: events are set aside only before the reading begins.
    private bool _isEnumerated;
    private AuditEvent?[] _aside = [];

    // Decremented by the consumer.
    private int _asideLeft;

    // Set when nothing more is offered: at the end of the monitor, or because nobody reads.
    private volatile bool _isEnded;

    // Written by the dispatcher, read by any thread.
    private volatile bool _isWaitedFor = true;
    private long _skipped;

    public ReaderHealth Health => new()
    {
        Buffered = Volatile.Read(ref _asideLeft) + cursor.Lag,
        Capacity = cursor.Bound,
        Skipped = Interlocked.Read(ref _skipped),
        IsLagging = cursor.HasUnreportedSkip || (!_isWaitedFor && cursor.Lag > 0),
    };

    /// <summary>The last event that was read or skipped.</summary>
    public long Position => cursor.Position;

    /// <summary>Gives the cursor, which exists since the start of the monitor, to the first caller of <c>ReadAllAsync</c>.</summary>
    public void CancelWith(CancellationToken cancellationToken) => _cancellationToken = cancellationToken;

    /// <summary>Begins after this event. Called by the dispatcher before anything is offered.</summary>
    public void BeginAfter(long sequence) => cursor.BeginAfter(sequence);

    /// <summary>Offers as many events as there is room for. Called by the dispatcher.</summary>
    /// <returns>Whether all were offered.</returns>
    public bool TryOffer(long end)
    {
        if (_isEnded)
        {
            return true;
        }

        var aside = Volatile.Read(ref _asideLeft);
        if (aside > cursor.Bound / 2)
        {
            LeaveOut(end, kept: 0);
            return true;
        }

        if (aside == 0 && cursor.Lag == 0 && !cursor.HasUnreportedSkip)
        {
            _isWaitedFor = true;
        }

        var room = Math.Min(cursor.Room - aside, end);
        if (room > cursor.End)
        {
            cursor.Offer(room);
        }

        return room == end;
    }

    /// <summary>Offers all events. Waits for room; when there is none within the patience, skips events. Called by the dispatcher.</summary>
    public async ValueTask OfferAsync(long end, TimeSpan patience, TimeProvider time, CancellationToken hurry)
    {
        while (!TryOffer(end))
        {
            if (!_isWaitedFor || patience == TimeSpan.Zero || hurry.IsCancellationRequested)
            {
                Skip(end, hurry.IsCancellationRequested);
                return;
            }

            var room = cursor.RoomAsync();
            if (!_isEnded)
            {
                await room.WaitAsync(patience, time, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _isWaitedFor = room.IsCompleted;
            }
        }
    }

    /// <summary>No more events: the reader reads those that wait, then the enumeration ends or throws the error that ended the monitor. Any thread.</summary>
    public void Complete(Exception? fault)
    {
        _fault ??= fault;
        End();
    }

    public async IAsyncEnumerator<AuditEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        Begin();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken, cancellationToken);
        using var wake = either.Token.UnsafeRegister(static cursor => ((EventCursor)cursor!).Wake(), cursor);
        try
        {
            either.Token.ThrowIfCancellationRequested();
            for (var at = 0; at < _aside.Length; at++)
            {
                var auditEvent = _aside[at]!;
                _aside[at] = null;
                Volatile.Write(ref _asideLeft, _aside.Length - at - 1);
                yield return auditEvent;
            }

            while (await HasMoreAsync(either.Token).ConfigureAwait(false))
            {
                if (cursor.TryTakeSkipped(out var skipped))
                {
                    yield return describeGap(skipped.First, skipped.Last, cursor.SkippedAt);
                }

                while (cursor.TryTake(out var auditEvent))
                {
                    yield return auditEvent;
                }
            }

            if (_fault is { } fault)
            {
                ExceptionDispatchInfo.Throw(fault);
            }
        }
        finally
        {
            closed(this);
            End();
        }
    }

    /// <summary>Waits until there are events to read.</summary>
    /// <returns>False at the end.</returns>
    private async ValueTask<bool> HasMoreAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Read before the check for waiting events: nothing is offered after the end.
            var isEnded = _isEnded;
            if (cursor.Lag > 0 || cursor.HasUnreportedSkip)
            {
                return true;
            }

            if (isEnded)
            {
                return false;
            }

            hasRead();
            await cursor.WaitAsync().ConfigureAwait(false);
        }
    }

    private void Begin()
    {
        lock (_beginning)
        {
            if (_isEnumerated)
            {
                throw new InvalidOperationException("A subscription is enumerated once. Call ReadAllAsync again for another one.");
            }

            _isEnumerated = true;
        }
    }

    private void Skip(long end, bool isLast)
    {
        _isWaitedFor = false;
        lock (_beginning)
        {
            if (!_isEnumerated)
            {
                _aside = cursor.Take(cursor.Bound);
                Volatile.Write(ref _asideLeft, _aside.Length);
                LeaveOut(end, kept: 0);
                return;
            }
        }

        // Make room for half the bound: with room for one the reader would get a gap before each event. When no more events come, keep as many as fit.
        LeaveOut(end, isLast ? cursor.Bound : Math.Max(1, cursor.Bound / 2));
    }

    private void LeaveOut(long end, int kept)
    {
        cursor.Offer(end);
        var (first, last) = cursor.Skip(kept);
        Interlocked.Add(ref _skipped, Math.Max(0, last - first + 1));
    }

    private void End()
    {
        _isEnded = true;
        cursor.Wake();
        cursor.GiveRoom();
    }
}
