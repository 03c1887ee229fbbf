using System.Threading.Tasks.Sources;

namespace FileMonitor.Delivery;

/// <summary>
/// Wakes the one who waits, without an object for each time. Told while nobody waits, the next wait ends at once. A wait may also end for nothing, so who
/// waited looks for itself whether there is something.
/// </summary>
internal sealed class Wakeup : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Told = 2;

    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private int _state;

    /// <summary>Any thread. What was written before is seen by whoever wakes.</summary>
    public void Tell()
    {
        if (Interlocked.Exchange(ref _state, Told) == Waiting)
        {
            _wait.SetResult(true);
        }
    }

    /// <summary>Waits until it is told. One caller at a time.</summary>
    public ValueTask WaitAsync()
    {
        _wait.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return new ValueTask(this, _wait.Version);
        }

        Forget();
        return ValueTask.CompletedTask;
    }

    void IValueTaskSource.GetResult(short token)
    {
        _wait.GetResult(token);
        Forget();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    /// <summary>A full fence: who is told from now on finds nobody told yet, and what was written before an earlier telling is read after this.</summary>
    private void Forget() => Interlocked.Exchange(ref _state, Idle);
}
