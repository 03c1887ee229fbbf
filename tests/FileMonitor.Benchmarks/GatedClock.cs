namespace FileMonitor.Benchmarks;

/// <summary>
/// The system's clock, except that the thread of a FileSystemWatcher, which takes the time of each hint, can be held there. It stands for a reader that
/// does not get the processor: the kernel's queue fills up behind it, and overflows.
/// </summary>
internal sealed class GatedClock : TimeProvider, IDisposable
{
    private const string WatcherThread = ".NET File Watcher";

    private readonly ManualResetEventSlim _open = new(initialState: true);
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long TimestampFrequency => System.TimestampFrequency;

    /// <summary>Completes once the watcher's thread stands at the gate.</summary>
    public Task Held => _held.Task;

    public override long GetTimestamp()
    {
        if (!_open.IsSet && Thread.CurrentThread.Name == WatcherThread)
        {
            _held.TrySetResult();
            _open.Wait();
        }

        return System.GetTimestamp();
    }

    public void Close() => _open.Reset();

    public void Open() => _open.Set();

    public void Dispose() => _open.Dispose();
}
