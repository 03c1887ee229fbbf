using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FileMonitor.Agent.Events;

/// <summary>
/// The latest events of all monitors, for any number of readers. It holds a fixed number of events and of bytes, whatever the readers do.
/// </summary>
/// <remarks>
/// Who publishes is held up while a reader has not yet read what would be overwritten, but only for <c>patience</c>: then that reader is
/// left behind. It is told how many events it missed, and is not waited for again before it has read everything there is. A reader that
/// never reads therefore holds the others up once at most. One that is slow is waited for again and again while it gets on by an eighth of
/// the buffer within its patience: nobody can slow down the others to one event a second.
/// <para>Owners: one publisher at a time has <c>_turn</c>, and only it moves <c>_next</c>. Everything that changes, the cursors' state
/// included, belongs to <c>_gate</c>, which nobody holds for longer than it takes to copy a batch of references.</para>
/// </remarks>
internal sealed class EventBuffer(int capacity, long maxBytes, int maxReaders, TimeSpan patience, TimeProvider time, StreamPlace? start = null) : IDisposable
{
    // What one reader is given at once: enough that taking the lock is cheap, little enough that what it holds beside the buffer is too.
    private const int BatchEvents = 256;
    private const int BatchBytes = 64 * 1024;

    private readonly SemaphoreSlim _turn = new(1, 1);

    // The ring holds the positions from _oldest up to, not including, _next; a position's slot is its remainder. For every cursor that is
    // waited for, _oldest <= Next <= _next; one that was left behind may be before _oldest.
    private readonly Lock _gate = new();
    private readonly BufferedEvent?[] _ring = new BufferedEvent?[capacity];
    private readonly List<EventCursor> _cursors = [];
    private readonly List<EventCursor> _heldUpBy = [];
    private long _oldest = 1;
    private long _next = 1;
    private long _bytes;
    private long _missed;
    private long _interruptions;
    private bool _isComplete;
    private TaskCompletionSource? _room;

    // How far a reader is in each monitor that has all there is. Changed by who has the turn, under the lock.
    private StreamPlace _place = start ?? StreamPlace.None;

    /// <summary>How many events it can hold.</summary>
    public int Capacity => capacity;

    /// <summary>Names this run: positions begin anew with each.</summary>
    public string Epoch { get; } = RandomNumberGenerator.GetHexString(12, lowercase: true);

    /// <summary>The id of an event, by which a reader can go on after it.</summary>
    public string IdOf(long position, StreamPlace? place = null) => string.Create(CultureInfo.InvariantCulture, $"{Epoch}-{position}{place}");

    /// <summary>Appends an event. Completes late when a reader has to be waited for.</summary>
    /// <param name="monitor">The monitor that reported it.</param>
    /// <param name="kind">What happened.</param>
    /// <param name="line">The event as JSON, one line with its line feed. Not used any more once this completes.</param>
    /// <param name="place">Where it stands in the journal of its monitor; null where there is none.</param>
    public async ValueTask PublishAsync(string monitor, AuditEventKind kind, ReadOnlyMemory<byte> line, MonitorPlace? place = null)
    {
        await _turn.WaitAsync();
        try
        {
            // Made here and not under the lock: position and place stay what they are as long as this publisher has the turn.
            var position = Interlocked.Read(ref _next);
            var before = place is { } here ? _place.WithFirst(monitor, new(here.Sequence - 1)) : _place;
            var after = place is { } now ? before.With(monitor, now) : before;
            var head = Encoding.ASCII.GetBytes($"id: {IdOf(position, after)}\nevent: audit\ndata: ");
            var made = new BufferedEvent(position, monitor, kind, [.. head, .. line.Span, (byte)'\n'], before, after) { LineStart = head.Length };
            while (!TryAppend(made, out var room, out var wait))
            {
                // True here: a reader that is waited for has not read the oldest event. That it reads on, goes away or uses up its
                // patience is what ends the wait; which of these it was is seen under the lock.
                var began = time.GetTimestamp();
                await room.WaitAsync(wait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Charge(time.GetElapsedTime(began));
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Says where a monitor stood before its first event of this run, so that ids have its place also while it has no event.</summary>
    public async ValueTask BeginAsync(string monitor, long previousSequence)
    {
        await _turn.WaitAsync();
        try
        {
            lock (_gate)
            {
                _place = _place.WithFirst(monitor, new(previousSequence));
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Nothing will be published any more: readers read to the end, and then are told that it is the end.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            WakeUnsynchronized();
        }
    }

    /// <summary>Lets every reader that waits return without events.</summary>
    /// <returns>How many waited.</returns>
    public int Wake()
    {
        lock (_gate)
        {
            return WakeUnsynchronized();
        }
    }

    /// <summary>A new reader; null when there are as many as may be.</summary>
    /// <param name="lastEventId">The id of the last event it has; null to begin with what happens from now on.</param>
    /// <param name="recent">Without an id: how many of the events before now it wants too.</param>
    public EventCursor? Open(string? lastEventId, int recent)
    {
        lock (_gate)
        {
            if (_cursors.Count >= maxReaders)
            {
                return null;
            }

            var isAfterOtherRun = false;
            var next = Math.Max(_oldest, _next - recent);
            var place = next == _next ? _place : At(next).Before;
            if (lastEventId is not null)
            {
                place = StreamPlace.Read(lastEventId, start ?? StreamPlace.None);
                if (!TryGetNext(lastEventId, out next))
                {
                    isAfterOtherRun = true;
                    next = _oldest;
                }
            }

            // Nobody waits for one that reads journals first.
            var cursor = new EventCursor(this, next, isWaitedFor: next >= _oldest && !(isAfterOtherRun && place is not null), isAfterOtherRun) { Place = place, Recent = (int)(_next - next) };
            _cursors.Add(cursor);
            return cursor;
        }
    }

    public EventBufferState GetState()
    {
        lock (_gate)
        {
            return new(capacity, (int)(_next - _oldest), IdOf(_next - 1, _place), _cursors.Count, _missed, Interlocked.Read(ref _interruptions));
        }
    }

    /// <summary>Copies a batch of events before a position, newest first, for a search; none when there are no older ones. Nobody waits for it.</summary>
    public void CopyBefore(long before, List<BufferedEvent> copied)
    {
        copied.Clear();
        lock (_gate)
        {
            for (var at = Math.Min(before, _next) - 1; at >= _oldest && copied.Count < BatchEvents; at--)
            {
                copied.Add(At(at));
            }
        }
    }

    /// <summary>A reader is told that it misses events, whether or not it is known how many.</summary>
    public void CountInterruption() => Interlocked.Increment(ref _interruptions);

    /// <summary>A reader is told that it misses so many events, which no journal has.</summary>
    public void CountMissed(long events)
    {
        lock (_gate)
        {
            _missed += events;
        }
    }

    /// <summary>Takes what there is for a reader.</summary>
    /// <param name="mayWait">Whether the reader waits when there is nothing, and is to be told when there is.</param>
    /// <returns>What to wait for; null when the batch is what the reader gets.</returns>
    internal Task? Take(EventCursor cursor, List<BufferedEvent> taken, bool mayWait, out EventBatch batch)
    {
        taken.Clear();
        lock (_gate)
        {
            var missed = Math.Max(0, _oldest - cursor.Next);
            var wasOldest = cursor.Next == _oldest;
            cursor.Next += missed;
            _missed += cursor.Place is { IsEmpty: false } ? 0 : missed;
            for (var bytes = 0; cursor.Next < _next && taken.Count < BatchEvents && bytes < BatchBytes; cursor.Next++)
            {
                taken.Add(At(cursor.Next));
                bytes += At(cursor.Next).Frame.Length;
            }

            if (cursor.Next == _next)
            {
                cursor.IsWaitedFor = true;
                cursor.HeldUp = TimeSpan.Zero;
            }

            if (wasOldest)
            {
                _room?.TrySetResult();
            }

            var (before, after) = taken.Count == 0 ? (_place, _place) : (taken[0].Before, taken[^1].After);
            batch = new(missed, cursor.IsAfterOtherRun, taken, cursor.Next - 1, _isComplete && cursor.Next == _next, before, after);
            if (mayWait && missed == 0 && taken.Count == 0 && !cursor.IsAfterOtherRun && !batch.IsEnd)
            {
                cursor.Waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
                return cursor.Waiting.Task;
            }

            cursor.IsAfterOtherRun = false;
            return null;
        }
    }

    internal void Close(EventCursor cursor)
    {
        lock (_gate)
        {
            _cursors.Remove(cursor);
            _room?.TrySetResult();
        }
    }

    public void Dispose() => _turn.Dispose();

    private BufferedEvent At(long position) => _ring[position % capacity]!;

    private bool TryAppend(BufferedEvent made, [NotNullWhen(false)] out Task? room, out TimeSpan wait)
    {
        lock (_gate)
        {
            while (_next - _oldest == capacity || (_next > _oldest && _bytes + made.Frame.Length > maxBytes))
            {
                if (MustWait(out wait))
                {
                    _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    room = _room.Task;
                    return false;
                }

                _bytes -= At(_oldest).Frame.Length;
                _ring[_oldest % capacity] = null;
                _oldest++;
            }

            _ring[_next % capacity] = made;
            _bytes += made.Frame.Length;
            _place = made.After;
            Interlocked.Increment(ref _next);
            WakeUnsynchronized();
            (room, wait) = (null, TimeSpan.Zero);
            return true;
        }
    }

    /// <summary>Whether somebody still has to read the oldest event, and for how long that is waited for at most.</summary>
    private bool MustWait(out TimeSpan wait)
    {
        var mustWait = false;
        wait = patience;
        _heldUpBy.Clear();
        foreach (var cursor in _cursors)
        {
            if (!cursor.IsWaitedFor || cursor.Next == _next)
            {
                continue;
            }

            if (cursor.Next == _oldest)
            {
                if (cursor.HeldUp >= patience)
                {
                    // Left behind. From here on _oldest passes it.
                    cursor.IsWaitedFor = false;
                    continue;
                }

                mustWait = true;
                wait = TimeSpan.FromTicks(Math.Min(wait.Ticks, (patience - cursor.HeldUp).Ticks));
            }

            if (cursor.HeldUp == TimeSpan.Zero)
            {
                cursor.GetsOnAt = cursor.Next + Math.Max(1, (_next - _oldest) / 8);
            }

            _heldUpBy.Add(cursor);
        }

        return mustWait;
    }

    /// <summary>
    /// Puts the time that was waited down to all who were behind, but for who got on meanwhile. Also to those who were not waited for this
    /// time: who reads has read everything during a wait. Otherwise many who do not read would hold up the others one after the other.
    /// </summary>
    private void Charge(TimeSpan waited)
    {
        lock (_gate)
        {
            _room = null;
            foreach (var cursor in _heldUpBy)
            {
                cursor.HeldUp = cursor.Next >= cursor.GetsOnAt || cursor.Next == _next ? TimeSpan.Zero : cursor.HeldUp + waited;
            }
        }
    }

    private bool TryGetNext(string id, out long next)
    {
        next = 0;
        var position = id.AsSpan(0, id.IndexOf(StreamPlace.Separator, StringComparison.Ordinal) is >= 0 and var cut ? cut : id.Length);
        if (!position.StartsWith(Epoch + "-", StringComparison.Ordinal)
            || !long.TryParse(position[(Epoch.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            || last >= _next)
        {
            return false;
        }

        next = last + 1;
        return true;
    }

    private int WakeUnsynchronized()
    {
        var woken = 0;
        foreach (var cursor in _cursors)
        {
            woken += cursor.Waiting is null ? 0 : 1;
            cursor.Waiting?.TrySetResult();
            cursor.Waiting = null;
        }

        return woken;
    }
}
