using System.Runtime.ExceptionServices;

namespace FileMonitor.Delivery;

/// <summary>
/// One reader: a cursor that the dispatcher waits for once when it lags by its bound. Then the oldest half of what waits is left out and the reader is
/// told which events those were (a Gap of its own); it is waited for again only after it has caught up.
/// </summary>
/// <remarks>
/// Where nobody has begun to read, what waits is set aside instead, and what comes after it is left out. The first reader of a monitor that has
/// sinks may never be asked for: the log must not hold its latest events for it, which would each grow old before they are collected.
/// </remarks>
/// <param name="cursor">Its place in the log.</param>
/// <param name="describeGap">Makes the gap from the first and the last number left out, and the time of the last.</param>
/// <param name="hasRead">Told when it has read all there is, before it waits.</param>
/// <param name="closed">Told when it does not read any more.</param>
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

    // Under the lock: what is set aside is so before the reading begins.
    private bool _isEnumerated;
    private AuditEvent?[] _aside = [];

    // Counted down by the consumer.
    private int _asideLeft;

    // No more is offered: at the end of the monitor, or because nobody reads.
    private volatile bool _isEnded;

    // The dispatcher's; read by anyone.
    private volatile bool _isWaitedFor = true;
    private long _skipped;

    public ReaderHealth Health => new()
    {
        Buffered = Volatile.Read(ref _asideLeft) + cursor.Lag,
        Capacity = cursor.Bound,
        Skipped = Interlocked.Read(ref _skipped),
        IsLagging = cursor.HasUntold || (!_isWaitedFor && cursor.Lag > 0),
    };

    /// <summary>The last event that it has read or was left out for it.</summary>
    public long Position => cursor.Position;

    /// <summary>Makes the cursor, there from the monitor's start on, the one of the caller that asks for it now.</summary>
    public void CancelWith(CancellationToken cancellationToken) => _cancellationToken = cancellationToken;

    /// <summary>Begins behind this event, before anything was offered. The dispatcher's.</summary>
    public void BeginAfter(long sequence) => cursor.BeginAfter(sequence);

    /// <summary>Offers what there is room for. The dispatcher's.</summary>
    /// <returns>Whether that was everything.</returns>
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

        if (aside == 0 && cursor.Lag == 0 && !cursor.HasUntold)
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

    /// <summary>Offers everything, and waits for room, or leaves out events when there is none for longer than the patience. The dispatcher's.</summary>
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

    /// <summary>No more events: what waits is still read, then the enumeration ends, or throws what ended the monitor. Any thread.</summary>
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

    /// <summary>Waits until there is something to read.</summary>
    /// <returns>False at the end.</returns>
    private async ValueTask<bool> HasMoreAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Asked before it is looked whether something waits: nothing is offered any more once it has ended.
            var isEnded = _isEnded;
            if (cursor.Lag > 0 || cursor.HasUntold)
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

        // Room for half its bound: it would else be told of a gap before each event. When no more comes, as much as may be is kept.
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
