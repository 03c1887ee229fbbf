using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Extending;

namespace FileMonitor.Durable.Journal;

/// <summary>
/// Brings checkpoints to the host's anchor, in order, by a task of its own. The writer adds; the task alone calls the anchor. The queue is shared,
/// under its lock.
/// </summary>
internal sealed class AnchorFeed : IAsyncDisposable
{
    // Ten thousand seconds of an anchor that cannot be reached. The newest stands for all before it.
    private const int MostWaiting = 1000;

    private readonly ICheckpointAnchor _anchor;
    private readonly Queue<CheckpointNote> _waiting = new();
    private readonly SemaphoreSlim _added = new(0);
    private readonly HostCallToken _stop;
    private readonly Task _loop;
    private volatile bool _isClosing;
    private Exception? _failure;
    private long _anchored;
    private long _dropped;

    public AnchorFeed(ICheckpointAnchor anchor)
    {
        _anchor = anchor;
        _stop = new HostCallToken(failed => Volatile.Write(ref _failure, failed));
        _loop = Task.Run(RunAsync);
    }

    /// <summary>How many records the last checkpoint covers that is anchored.</summary>
    public long Anchored => Volatile.Read(ref _anchored);

    /// <summary>Why the anchor does not take the next one; null when it does.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Checkpoints that were given up for newer ones.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    public void Add(CheckpointNote note)
    {
        lock (_waiting)
        {
            if (_waiting.Count == MostWaiting)
            {
                _waiting.Dequeue();
                _dropped++;
            }

            _waiting.Enqueue(note);
        }

        _added.Release();
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
        while (Peek() is { } note && !_stop.Token.IsCancellationRequested)
        {
            try
            {
                await _anchor.AnchorAsync(new(note), _stop.Token).ConfigureAwait(false);
            }
            catch (Exception failed)
            {
                // The host's code, which may throw anything; the next checkpoint is the next attempt.
                Volatile.Write(ref _failure, failed);
                return;
            }

            Volatile.Write(ref _failure, null);
            Volatile.Write(ref _anchored, note.Size);
            Remove(note);
        }
    }

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
