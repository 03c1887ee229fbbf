using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace FileMonitor.Pipeline;

/// <summary>
/// Lets a bounded number of files be read at once and hands the results back to the pump. The pump owns the queue of those that wait;
/// workers own nothing but the file they read. A permit is taken by the pump and given back by the worker.
/// </summary>
internal sealed class ChecksumGate : IDisposable
{
    private readonly Queue<HashWork> _waiting = new();
    private readonly ConcurrentQueue<(HashWork Work, HashResult Result)> _done = new();
    private readonly SemaphoreSlim _permits;
    private readonly Func<string, string, CancellationToken, ValueTask<HashResult>> _hash;
    private readonly PumpSignal _signal;
    private readonly CancellationToken _abandon;
    private int _running;

    public ChecksumGate(int permits, Func<string, string, CancellationToken, ValueTask<HashResult>> hash, PumpSignal signal, CancellationToken abandon)
    {
        Permits = permits;
        _permits = new SemaphoreSlim(permits, permits);
        _hash = hash;
        _signal = signal;
        _abandon = abandon;
    }

    public int Permits { get; }

    public int InUse => Permits - _permits.CurrentCount;

    public int Waiting => _waiting.Count;

    /// <summary>Nothing waits, runs, or has a result that was not taken. The pump's view.</summary>
    public bool IsIdle => _waiting.Count == 0 && Volatile.Read(ref _running) == 0 && _done.IsEmpty;

    public void Enqueue(HashWork work) => _waiting.Enqueue(work);

    /// <summary>Starts as many as there are permits; never blocks.</summary>
    public void Launch()
    {
        while (_waiting.Count > 0)
        {
            if (_abandon.IsCancellationRequested)
            {
                // The pump took the results of this turn before it called; nobody else would wake it for these.
                _done.Enqueue((_waiting.Dequeue(), new HashResult(ChecksumStatus.Abandoned)));
                _signal.Set();
                continue;
            }

            if (!_permits.Wait(0, CancellationToken.None))
            {
                return;
            }

            Interlocked.Increment(ref _running);
            var work = _waiting.Dequeue();

            // Not awaited here: RunAsync catches everything, and the pump does not end before _running is back at zero.
            _ = Task.Run(() => RunAsync(work), CancellationToken.None);
        }
    }

    public bool TryTakeDone([NotNullWhen(true)] out HashWork? work, out HashResult result)
    {
        var taken = _done.TryDequeue(out var done);
        (work, result) = done;
        return taken;
    }

    public void Dispose() => _permits.Dispose();

    private async Task RunAsync(HashWork work)
    {
        HashResult result;
        try
        {
            result = await _hash(work.Snapshot.Root.PhysicalPath, work.Path, _abandon).ConfigureAwait(false);
        }
        catch (Exception unexpected)
        {
            // The hasher answers with values; a host's own IFileView may not. Either way the change is reported, without a checksum.
            result = new HashResult(ChecksumStatus.Unreadable, Detail: unexpected.Message);
        }

        _permits.Release();
        _done.Enqueue((work, result));

        // After the result is in place: whoever sees none running also sees every result.
        Interlocked.Decrement(ref _running);
        _signal.Set();
    }
}
