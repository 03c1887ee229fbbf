using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Hashing;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Reads a bounded number of files at once and hands the results to the pump. Large files are read in slices, and small files go in between: no
/// file delays another for longer than a slice. The pump owns the queues; a worker owns only the file that it reads. The pump takes a permit for
/// each worker. The worker keeps it while it reads small files one after the other, because handing each file over costs more than reading it.
/// </summary>
internal sealed class ChecksumGate : IDisposable
{
    // Small files go first, but a large file gets at least one slice (10 ms) in this time.
    private static readonly TimeSpan LargePatience = TimeSpan.FromMilliseconds(100);

    // Large files take turns. A turn is long enough that a disk with a moving head mostly reads instead of seeking.
    private static readonly TimeSpan LargeTurn = TimeSpan.FromSeconds(1);

    // A worker yields to other work of the thread pool this often.
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(1);

    private const int ReadyForEach = 32;

    private readonly Queue<HashWork> _small = new();

    // Small files that workers take themselves. Only the pump fills this queue.
    private readonly ConcurrentQueue<HashWork> _ready = new();
    private readonly Queue<HashWork> _large = new();
    private readonly PriorityQueue<HashWork, long> _paused = new();
    private readonly HashWork?[] _reading;
    private readonly ConcurrentQueue<(HashWork Work, HashResult Result)> _done = new();
    private readonly ConcurrentQueue<(HashWork Work, TimeSpan Pause)> _handedBack = new();
    private readonly SemaphoreSlim _permits;
    private readonly Func<Sha256Digest?, IContentRead> _begin;
    private readonly PumpSignal _signal;
    private readonly TimeProvider _time;
    private readonly CancellationToken _abandon;
    private int _running;

    // Workers read these at the end of a slice; the pump sets them at the end of Launch.
    private volatile bool _isSmallWaiting;
    private volatile bool _isLargeWaiting;

    public ChecksumGate(int permits, Func<Sha256Digest?, IContentRead> begin, PumpSignal signal, TimeProvider time, CancellationToken abandon)
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

    /// <summary>Files that still have to be read, those that pause between two attempts included.</summary>
    public int Waiting => _small.Count + _ready.Count + _large.Count + _paused.Count + _handedBack.Count;

    /// <summary>Whether a small file waits for a permit.</summary>
    public bool IsSmallWaiting => _small.Count > 0 || !_ready.IsEmpty;

    /// <summary>Whether a large one does.</summary>
    public bool IsLargeWaiting => _large.Count > 0;

    /// <summary>Whether no file waits, none is being read and no result is left to take. Called by the pump.</summary>
    public bool IsIdle => Volatile.Read(ref _running) == 0 && _done.IsEmpty && Waiting == 0;

    /// <summary>When the next pause between two attempts ends; null when there is none.</summary>
    public long? NextDue => _paused.TryPeek(out _, out var due) ? due : null;

    /// <summary>Since when the oldest waiting file waits for a permit; null when none waits.</summary>
    public long? WaitingSince
    {
        get
        {
            var since = _ready.TryPeek(out var ready) ? ready.Progress : _small.TryPeek(out var small) ? small.Progress : long.MaxValue;
            since = _large.TryPeek(out var large) ? Math.Min(since, large.Progress) : since;
            return since == long.MaxValue ? null : since;
        }
    }

    /// <summary>The oldest progress among the files being read: since when one of them has not advanced. Null when none is being read. Any thread.</summary>
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

    /// <summary>
    /// Starts a worker for each free permit. Cancels the reads of files that are no longer known, and gives up all waiting files when the stop
    /// has run out of time. Never blocks.
    /// </summary>
    public void Launch()
    {
        TakeBack();
        CancelUnneeded();
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
                // A worker took the last file in between.
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

            // It starts again from the beginning, so its size decides the queue.
            (rested.Size > ContentRead.SliceBytes ? _large : _small).Enqueue(rested);
        }
    }

    private void CancelUnneeded()
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

            // The pump has already taken this turn's results; without this signal it would not wake for these.
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
            work.Read = _begin(work.Pending?.DoubtedDigest ?? work.Entry.Digest);
        }
        else if (!work.Entry.IsDetached)
        {
            // The read opens the file again; use the path that the file has now.
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
                // The pool may have no more threads than there are permits. Yield, so that readers of events get a thread.
                yielded = work.Progress;
                await Task.Yield();
            }
        }

        // After the result is queued, so that the pump cannot see zero workers and miss the result.
        Interlocked.Decrement(ref _running);
        _signal.SetForResult();
    }

    /// <summary>Takes the next small file for a worker, unless a large file has waited for long enough.</summary>
    private bool TryTakeReady(long begun, out HashWork? next)
    {
        next = null;
        return !(_isLargeWaiting && _time.GetElapsedTime(begun) >= LargePatience) && _ready.TryDequeue(out next);
    }

    /// <summary>Reads a file to its end, or until its turn is over.</summary>
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

                // Yield to readers of events, as above.
                await Task.Yield();
            }
        }
        catch (Exception unexpected)
        {
            // Our hasher does not throw, but a host's IFileView may. The change is then reported without a checksum.
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
