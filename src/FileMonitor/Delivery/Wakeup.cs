using System.Threading.Tasks.Sources;

namespace FileMonitor.Delivery;

/// <summary>
/// Wakes one waiting caller without an allocation. When it is set while nobody waits, the next wait ends at once. A wait may end without a reason, so the
/// caller checks its condition afterwards.
/// </summary>
internal sealed class Wakeup : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Told = 2;

    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private int _state;

    /// <summary>Wakes the waiting caller, which sees everything written before this call. Any thread.</summary>
    public void Tell()
    {
        if (Interlocked.Exchange(ref _state, Told) == Waiting)
        {
            _wait.SetResult(true);
        }
    }

    /// <summary>Waits for <see cref="Tell"/>. One caller at a time.</summary>
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

    /// <summary>Resets the state. A full fence: later calls of <see cref="Tell"/> count for the next wait, and what was written before earlier ones is visible after this.</summary>
    private void Forget() => Interlocked.Exchange(ref _state, Idle);
}
