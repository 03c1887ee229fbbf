// Over 300 lines because it is one idea: whose turn it is to be read.
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Hashing;
using FileMonitor.Tree;

namespace FileMonitor.Settling;

/// <summary>
/// Lets a bounded number of files be read at once and hands the results back to the pump. Large files are read in slices, between which small
/// ones get their turn: no file delays another for longer than a slice. The pump owns the queues of those that wait; workers own nothing
/// but the file they read. A permit is taken by the pump and given back by the worker, which reads small files one after the other with it:
/// to hand each of them back first would cost more than to read it.
/// </summary>
internal sealed class ChecksumGate : IDisposable
{
    // Small files go first, but not for ever: a large one gets at least a slice (10 ms) in this time.
    private static readonly TimeSpan LargePatience = TimeSpan.FromMilliseconds(100);

    // Large files take turns, too: long enough that a disk with a moving head spends its time reading.
    private static readonly TimeSpan LargeTurn = TimeSpan.FromSeconds(1);

    // Other work of the pool gets its turn as often.
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(1);

    private const int ReadyForEach = 32;

    private readonly Queue<HashWork> _small = new();

    // Small ones that workers take themselves. The pump fills it, and only it empties it of what nobody wants.
    private readonly ConcurrentQueue<HashWork> _ready = new();
    private readonly Queue<HashWork> _large = new();
    private readonly PriorityQueue<HashWork, long> _paused = new();
    private readonly HashWork?[] _reading;
    private readonly ConcurrentQueue<(HashWork Work, HashResult Result)> _done = new();
    private readonly ConcurrentQueue<(HashWork Work, TimeSpan Pause)> _handedBack = new();
    private readonly SemaphoreSlim _permits;
    private readonly Func<IContentRead> _begin;
    private readonly PumpSignal _signal;
    private readonly TimeProvider _time;
    private readonly CancellationToken _abandon;
    private int _running;

    // What workers ask at the end of a slice, as of the end of the latest launch.
    private volatile bool _isSmallWaiting;
    private volatile bool _isLargeWaiting;

    public ChecksumGate(int permits, Func<IContentRead> begin, PumpSignal signal, TimeProvider time, CancellationToken abandon)
    {
        Permits = permits;
        _permits = new SemaphoreSlim(permits, permits);
        _reading = new HashWork?[permits];
        _begin = begin;
        _signal = signal;
        _time = time;
        _abandon = abandon;
    }

    public int Permits { get; }

    public int InUse => Permits - _permits.CurrentCount;

    /// <summary>Files that are not being read now and have to be: also those that pause between two attempts.</summary>
    public int Waiting => _small.Count + _ready.Count + _large.Count + _paused.Count + _handedBack.Count;

    /// <summary>Whether a small file waits for a permit.</summary>
    public bool IsSmallWaiting => _small.Count > 0 || !_ready.IsEmpty;

    /// <summary>Whether a large one does.</summary>
    public bool IsLargeWaiting => _large.Count > 0;

    /// <summary>Nothing waits, runs, or has a result that was not taken. The pump's view.</summary>
    public bool IsIdle => Volatile.Read(ref _running) == 0 && _done.IsEmpty && Waiting == 0;

    /// <summary>When the next pause is over; null when nothing pauses.</summary>
    public long? NextDue => _paused.TryPeek(out _, out var due) ? due : null;

    /// <summary>Since when the file that waits longest waits for a permit; null when none does.</summary>
    public long? WaitingSince
    {
        get
        {
            var since = _ready.TryPeek(out var ready) ? ready.Progress : _small.TryPeek(out var small) ? small.Progress : long.MaxValue;
            since = _large.TryPeek(out var large) ? Math.Min(since, large.Progress) : since;
            return since == long.MaxValue ? null : since;
        }
    }

    /// <summary>When the file that is being read and got on least recently got on; null when none is being read. Any thread.</summary>
    public long? ReadingSince
    {
        get
        {
            long? oldest = null;
            for (var slot = 0; slot < _reading.Length; slot++)
            {
                if (Volatile.Read(ref _reading[slot]) is { } work)
                {
                    oldest = Math.Min(oldest ?? long.MaxValue, work.Progress);
                }
            }

            return oldest;
        }
    }

    public void Enqueue(HashWork work)
    {
        work.Progress = _time.GetTimestamp();
        (work.TakesLong ? _large : _small).Enqueue(work);
    }

    /// <summary>Starts as many as there are permits, and ends what nobody wants any more; never blocks.</summary>
    public void Launch()
    {
        TakeBack();
        EndUnwanted();
        while (_small.Count > 0 && _ready.Count < Permits * ReadyForEach)
        {
            var small = _small.Dequeue();
            Prepare(small);
            _ready.Enqueue(small);
        }

        while ((!_ready.IsEmpty || _large.Count > 0) && _permits.Wait(0, CancellationToken.None))
        {
            if (TryTakeNext(out var next))
            {
                Start(next);
            }
            else
            {
                // A worker took the last one in between.
                _permits.Release();
            }
        }

        _isSmallWaiting = IsSmallWaiting;
        _isLargeWaiting = _large.Count > 0;
    }

    public bool TryTakeDone([NotNullWhen(true)] out HashWork? work, out HashResult result)
    {
        var taken = _done.TryDequeue(out var done);
        (work, result) = done;
        return taken;
    }

    public void Dispose() => _permits.Dispose();

    private void TakeBack()
    {
        var now = _time.GetTimestamp();
        while (_handedBack.TryDequeue(out var back))
        {
            if (back.Pause > TimeSpan.Zero)
            {
                _paused.Enqueue(back.Work, now + (long)(back.Pause.TotalSeconds * _time.TimestampFrequency));
            }
            else
            {
                _large.Enqueue(back.Work);
            }
        }

        while (_paused.TryPeek(out var rested, out var due) && (due <= now || _abandon.IsCancellationRequested))
        {
            _paused.Dequeue();
            rested.Progress = now;

            // Nothing of it is read yet, so what tells small from large is its size.
            (rested.Size > ContentRead.SliceBytes ? _large : _small).Enqueue(rested);
        }
    }

    private void EndUnwanted()
    {
        foreach (var work in _reading)
        {
            if (work?.Entry.IsDetached == true)
            {
                work.Read!.Cancel();
            }
        }

        foreach (var work in _ready)
        {
            if (work.Entry.IsDetached)
            {
                work.Read!.Cancel();
            }
        }

        while (_abandon.IsCancellationRequested && (_small.TryDequeue(out var left) || _ready.TryDequeue(out left) || _large.TryDequeue(out left)))
        {
            left.Read?.Dispose();
            _done.Enqueue((left, new HashResult(ChecksumStatus.Abandoned)));

            // The pump took the results of this turn before it called; nobody else would wake it for these.
            _signal.Set();
        }
    }

    private bool TryTakeNext([NotNullWhen(true)] out HashWork? next)
    {
        if ((_ready.IsEmpty || IsLargeOwed) && _large.TryDequeue(out next))
        {
            Prepare(next);
            return true;
        }

        return _ready.TryDequeue(out next);
    }

    private bool IsLargeOwed => _large.TryPeek(out var large) && _time.GetElapsedTime(large.Progress) >= LargePatience;

    private void Prepare(HashWork work)
    {
        if (work.Read is null)
        {
            work.Read = _begin();
        }
        else if (!work.Entry.IsDetached)
        {
            // It may have been renamed since it was opened, and is opened again.
            work.Path = Snapshot.PathOf(work.Entry);
        }

        if (work.Entry.IsDetached)
        {
            work.Read.Cancel();
        }
    }

    private void Start(HashWork work)
    {
        work.Progress = _time.GetTimestamp();
        var slot = Array.IndexOf(_reading, null);
        Volatile.Write(ref _reading[slot], work);
        Interlocked.Increment(ref _running);

        // Not awaited here: RunAsync catches everything, and the pump does not end before _running is back at zero.
        _ = Task.Run(() => RunAsync(work, slot), CancellationToken.None);
    }

    private async Task RunAsync(HashWork work, int slot)
    {
        var begun = _time.GetTimestamp();
        var yielded = begun;
        while (true)
        {
            var step = await ReadAsync(work).ConfigureAwait(false);
            var goesOn = TryTakeReady(begun, out var next);
            Volatile.Write(ref _reading[slot], next);
            if (!goesOn)
            {
                _permits.Release();
            }

            HandOver(work, step);
            if (!goesOn)
            {
                break;
            }

            _signal.SetForResult();
            work = next!;
            work.Progress = _time.GetTimestamp();
            if (_time.GetElapsedTime(yielded) >= LongestHold)
            {
                // There may be no more threads in the pool than permits: whoever reads the pump's events gets one in between.
                yielded = work.Progress;
                await Task.Yield();
            }
        }

        // After the result is in place: whoever sees none running also sees every result.
        Interlocked.Decrement(ref _running);
        _signal.SetForResult();
    }

    /// <summary>Another small one for a worker that has read one, unless a large one has waited for long enough.</summary>
    private bool TryTakeReady(long begun, out HashWork? next)
    {
        next = null;
        return !(_isLargeWaiting && _time.GetElapsedTime(begun) >= LargePatience) && _ready.TryDequeue(out next);
    }

    /// <summary>Reads a file to its end, or as far as it is its turn.</summary>
    private async ValueTask<HashStep> ReadAsync(HashWork work)
    {
        var read = work.Read!;
        try
        {
            var begun = _time.GetTimestamp();
            while (true)
            {
                var step = await read.ContinueAsync(work.Snapshot.Root.PhysicalPath, work.Path, _abandon).ConfigureAwait(false);
                work.Progress = _time.GetTimestamp();
                if (!step.GoesOn || _isSmallWaiting || (_isLargeWaiting && _time.GetElapsedTime(begun) >= LargeTurn))
                {
                    if (!step.IsDone)
                    {
                        read.Rest();
                    }

                    return step;
                }

                // As above, between two slices.
                await Task.Yield();
            }
        }
        catch (Exception unexpected)
        {
            // The hasher answers with values; a host's own IFileView may not. Either way the change is reported, without a checksum.
            return new HashStep(new HashResult(ChecksumStatus.Unreadable, Detail: unexpected.Message));
        }
    }

    private void HandOver(HashWork work, HashStep step)
    {
        if (step.Result is { } result)
        {
            work.Read!.Dispose();
            _done.Enqueue((work, result));
        }
        else
        {
            _handedBack.Enqueue((work, step.Pause));
        }
    }
}
