using System.Collections.Concurrent;
using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>Requests to the source's thread. Any thread adds requests; the source's thread waits for them and runs them.</summary>
internal sealed class InotifyInbox : IDisposable
{
    private readonly ConcurrentQueue<Action> _requests = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LinuxWait _wait = new();

    public bool IsEmpty => _requests.IsEmpty;

    /// <summary>Completes when the thread has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Sends a request with an answer. The answer is cancelled when the thread ends first.</summary>
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

    /// <summary>Runs the requests. On the source's thread.</summary>
    public void RunRequests()
    {
        while (_requests.TryDequeue(out var request))
        {
            request();
        }
    }

    /// <summary>Waits until there is something to read, a time has passed, or a wake-up comes. On the source's thread.</summary>
    /// <returns>Whether there is something to read.</returns>
    public bool Wait(SafeFileHandle? readable, int milliseconds) => _wait.For(readable, milliseconds);

    /// <summary>The thread has ended: later requests are not run.</summary>
    public void End() => _ended.TrySetResult();

    public void Dispose() => _wait.Dispose();
}
