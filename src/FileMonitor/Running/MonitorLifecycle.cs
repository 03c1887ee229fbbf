namespace FileMonitor.Running;

/// <summary>
/// The states of a monitor and the allowed transitions: forward only, one start, one stop. Thread-safe.
/// </summary>
internal sealed class MonitorLifecycle
{
    private readonly Lock _gate = new();
    private MonitorState _state = MonitorState.Created;
    private Exception? _fault;
    private Task? _stop;

    public MonitorState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    public Exception? Fault
    {
        get
        {
            lock (_gate)
            {
                return _fault;
            }
        }
    }

    /// <exception cref="InvalidOperationException">The monitor was started or stopped before.</exception>
    public void BeginStart()
    {
        lock (_gate)
        {
            if (_state != MonitorState.Created)
            {
                throw new InvalidOperationException($"The monitor is {_state}; a monitor is started once. Create another one.");
            }

            _state = MonitorState.Starting;
        }
    }

    /// <returns>False when the monitor was stopped first.</returns>
    public bool TryBecomeRunning()
    {
        lock (_gate)
        {
            if (_state != MonitorState.Starting)
            {
                return false;
            }

            _state = MonitorState.Running;
            return true;
        }
    }

    /// <summary>Stops once: the first caller starts the stop, later callers wait for the same task.</summary>
    /// <param name="stop">Called once, with the state before the stop.</param>
    public Task StopOnce(Func<MonitorState, Task> stop)
    {
        TaskCompletionSource<MonitorState> begun;
        lock (_gate)
        {
            if (_stop is not null)
            {
                return _stop;
            }

            begun = new TaskCompletionSource<MonitorState>();
            _stop = RunAsync(begun.Task, stop);
            begun.SetResult(_state);
            if (_state != MonitorState.Faulted)
            {
                _state = MonitorState.Stopping;
            }
        }

        return _stop;
    }

    public void BecomeStopped()
    {
        lock (_gate)
        {
            _state = _state == MonitorState.Faulted ? MonitorState.Faulted : MonitorState.Stopped;
        }
    }

    public void BecomeFaulted(Exception fault)
    {
        lock (_gate)
        {
            _fault ??= fault;
            _state = MonitorState.Faulted;
        }
    }

    private static async Task RunAsync(Task<MonitorState> begun, Func<MonitorState, Task> stop)
    {
        var left = await begun.ConfigureAwait(false);

        // On the pool: the caller of Dispose may hold locks of its own.
        await Task.Run(() => stop(left)).ConfigureAwait(false);
    }
}
