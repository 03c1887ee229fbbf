using System.Text;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Extending;

namespace FileMonitor.Durable.Journal.Anchoring;

/// <summary>How an anchor does. Immutable.</summary>
/// <param name="Anchored">How many records the last checkpoint covers that was anchored; null when none was in this run.</param>
/// <param name="AnchoredAt">When that was.</param>
/// <param name="Failure">Why the anchor does not take the next one; null when it does.</param>
/// <param name="FailingSince">When it first refused that one.</param>
/// <param name="Failures">How often it failed in this run.</param>
internal sealed record AnchorState(long? Anchored, DateTimeOffset? AnchoredAt, Exception? Failure, DateTimeOffset? FailingSince, long Failures);

/// <summary>
/// Brings checkpoints to the host's anchor, in order, by a task of its own. The writer adds; the task alone calls the anchor and sets the state. The queue is
/// shared, under its lock.
/// </summary>
internal sealed class AnchorFeed : IAsyncDisposable
{
    // Ten thousand seconds of an anchor that cannot be reached. The newest stands for all before it.
    private const int MostWaiting = 1000;

    private readonly ICheckpointAnchor _anchor;
    private readonly AnchorComparison _comparison;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly TimeSpan _pause;
    private readonly Action<AnchorState> _changed;
    private readonly Queue<CheckpointNote> _waiting = new();
    private readonly SemaphoreSlim _added = new(0);
    private readonly HostCallToken _stop;
    private readonly Task _loop;
    private volatile bool _isClosing;
    private volatile AnchorState _state = new(null, null, null, null, 0);
    private long _triedAt;

    // Of the task alone.
    private long? _succeededAt;

    /// <param name="anchor">The host's.</param>
    /// <param name="journal">Of whose checkpoints the last one that the anchor has must be one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="pause">How long an anchor that failed is left alone, unless there is another checkpoint.</param>
    /// <param name="changed">Called when the anchor fails and when it works again, by the task.</param>
    public AnchorFeed(ICheckpointAnchor anchor, JournalDirectory journal, TimeProvider time, TimeSpan pause, Action<AnchorState> changed)
    {
        (_anchor, _interval, _time, _pause, _changed) = (anchor, anchor.Interval, time, pause, changed);
        _comparison = new(journal);
        _triedAt = time.GetTimestamp();

        // Nobody waits for that callback of the host's any more, and it says nothing of a checkpoint.
        _stop = new HostCallToken(static _ => { });
        _loop = Task.Run(RunAsync);
    }

    /// <summary>How it does. Any thread.</summary>
    public AnchorState State => _state;

    public void Add(CheckpointNote note)
    {
        lock (_waiting)
        {
            if (_interval > TimeSpan.Zero)
            {
                _waiting.Clear();
            }
            else if (_waiting.Count == MostWaiting)
            {
                _waiting.Dequeue();
            }

            _waiting.Enqueue(note);
        }

        _added.Release();
    }

    /// <summary>
    /// Tries again what failed, when it was left alone for long enough, and brings what waited for the end of the anchor's interval: where nothing changes, no other checkpoint comes. Called from time to time.
    /// </summary>
    public void Tick()
    {
        if (_time.GetElapsedTime(Volatile.Read(ref _triedAt)) < _pause)
        {
            return;
        }

        if (_state.Failure is not null || (_interval > TimeSpan.Zero && Peek() is not null))
        {
            Volatile.Write(ref _triedAt, _time.GetTimestamp());
            _added.Release();
        }
    }

    /// <summary>Waits until all are anchored, the anchor fails, or the caller does not wait any longer.</summary>
    public async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        _isClosing = true;
        _added.Release();
        try
        {
            await _loop.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What is left is anchored when the journal is opened again: the last checkpoint stands for it.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isClosing = true;
        _stop.Signal();
        _added.Release();
        await _loop.ConfigureAwait(false);
        _added.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            await _added.WaitAsync().ConfigureAwait(false);
            var isLast = _isClosing;
            await AnchorAllAsync().ConfigureAwait(false);
            if (isLast)
            {
                return;
            }
        }
    }

    private async ValueTask AnchorAllAsync()
    {
        while (IsDue && Peek() is { } note && !_stop.Token.IsCancellationRequested)
        {
            try
            {
                var kept = await _anchor.ReadLastAsync(_stop.Token).ConfigureAwait(false);
                _comparison.ThrowIfForeign(Encoding.UTF8.GetBytes(kept ?? ""), note);
                await _anchor.AnchorAsync(new(note), _stop.Token).ConfigureAwait(false);
            }
            catch (Exception failed)
            {
                // The host's code, which may throw anything.
                Fail(failed);
                return;
            }

            Remove(note);
            Succeed(note.Size);
        }
    }

    private void Fail(Exception failed)
    {
        Volatile.Write(ref _triedAt, _time.GetTimestamp());
        var before = _state;
        _state = before with { Failure = failed, FailingSince = before.FailingSince ?? _time.GetUtcNow(), Failures = before.Failures + 1 };
        if (before.Failure is null)
        {
            _changed(_state);
        }
    }

    private void Succeed(long size)
    {
        _succeededAt = _time.GetTimestamp();
        var before = _state;
        _state = before with { Anchored = size, AnchoredAt = _time.GetUtcNow(), Failure = null, FailingSince = null };
        if (before.Failure is not null)
        {
            _changed(_state);
        }
    }

    /// <summary>Whether the interval of the anchor is over, or nothing comes any more.</summary>
    private bool IsDue => _isClosing || _succeededAt is not { } at || _time.GetElapsedTime(at) >= _interval;

    private CheckpointNote? Peek()
    {
        lock (_waiting)
        {
            return _waiting.TryPeek(out var note) ? note : null;
        }
    }

    private void Remove(CheckpointNote note)
    {
        lock (_waiting)
        {
            // Unless it was given up meanwhile.
            if (_waiting.TryPeek(out var first) && ReferenceEquals(first, note))
            {
                _waiting.Dequeue();
            }
        }
    }
}
