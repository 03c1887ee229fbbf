using System.Collections.Concurrent;
using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>What others ask of the source's thread. Any thread asks; the source's thread waits, and does what was asked.</summary>
internal sealed class InotifyInbox : IDisposable
{
    private readonly ConcurrentQueue<Action> _requests = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LinuxWait _wait = new();

    public bool IsEmpty => _requests.IsEmpty;

    /// <summary>Completes when the thread has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Asks for something that has an answer. When the thread has ended the answer is cancelled.</summary>
    public Task<T> AskAsync<T>(Action<TaskCompletionSource<T>> request)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Ask(() => request(done));
        _ = Ended.ContinueWith(_ => done.TrySetCanceled(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return done.Task;
    }

    public void Ask(Action request)
    {
        _requests.Enqueue(request);
        WakeUp();
    }

    public void WakeUp() => _wait.WakeUp();

    /// <summary>Does what was asked. On the source's thread.</summary>
    public void RunRequests()
    {
        while (_requests.TryDequeue(out var request))
        {
            request();
        }
    }

    /// <summary>Waits for something to read, a time, or a wake-up. On the source's thread.</summary>
    /// <returns>Whether there is something to read.</returns>
    public bool Wait(SafeFileHandle? readable, int milliseconds) => _wait.For(readable, milliseconds);

    /// <summary>The thread has ended: nobody does what is asked from now on.</summary>
    public void End() => _ended.TrySetResult();

    public void Dispose() => _wait.Dispose();
}
