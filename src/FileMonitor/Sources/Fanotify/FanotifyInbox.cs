using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Work for the thread that reads fanotify, and the descriptor that wakes it. Owner of the fields: whoever holds the lock.</summary>
internal sealed class FanotifyInbox : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<(Action<TaskCompletionSource> Do, TaskCompletionSource Done)> _work = new();
    private bool _isClosed;
    private bool _isEnded;

    /// <exception cref="IOException">The process has no descriptor left.</exception>
    public FanotifyInbox()
    {
        Descriptor = LinuxFanotify.OpenSignal();
        if (Descriptor < 0)
        {
            throw new IOException($"No event descriptor can be opened: {LinuxErrors.Describe(LinuxErrors.LastError)}.");
        }
    }

    /// <summary>Readable when there is work. Owned by the thread until it ends.</summary>
    public int Descriptor { get; }

    public static IOException Ended() => new("The thread that reads fanotify has ended.");

    /// <summary>Adds work; the thread runs it in order.</summary>
    /// <param name="work">Completes its argument, now or later. An IOException that it throws fails the task.</param>
    /// <returns>Completes with the work; fails when the thread ends first.</returns>
    public Task Add(Action<TaskCompletionSource> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_isClosed || _isEnded)
            {
                done.TrySetException(Ended());
            }
            else
            {
                _work.Enqueue((work, done));
                LinuxFanotify.Signal(Descriptor);
            }
        }

        return done.Task;
    }

    /// <summary>Asks the thread to end.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (!_isEnded)
            {
                LinuxFanotify.Signal(Descriptor);
            }
        }
    }

    /// <summary>On the thread: runs the work. False when the thread is to end.</summary>
    public bool TryRun()
    {
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        _ = LinuxFanotify.Read(Descriptor, count);
        while (true)
        {
            (Action<TaskCompletionSource> Do, TaskCompletionSource Done) next;
            lock (_gate)
            {
                if (_isClosed)
                {
                    return false;
                }

                if (!_work.TryDequeue(out next))
                {
                    return true;
                }
            }

            try
            {
                next.Do(next.Done);
            }
            catch (IOException refused)
            {
                next.Done.TrySetException(refused);
            }
            catch (Exception)
            {
                // A defect ends the thread; fail the caller's task, so that it does not wait for ever.
                next.Done.TrySetException(Ended());
                throw;
            }
        }
    }

    /// <summary>On the thread, at its end.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isEnded = true;
            LinuxFiles.Close(Descriptor);
            while (_work.TryDequeue(out var undone))
            {
                undone.Done.TrySetException(Ended());
            }
        }
    }
}
