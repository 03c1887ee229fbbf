namespace FileMonitor.Pipeline;

/// <summary>
/// Wakes the pump's thread: for hints, finished checksums, room in the stream. Any thread sets it, one waits. Setting it while it is set
/// costs one interlocked operation.
/// </summary>
/// <remarks>
/// A monitor and not a semaphore, whose wait spins and yields before it sleeps: at a thousand wake-ups a second that is most of what the
/// pump costs.
/// </remarks>
internal sealed class PumpSignal
{
    private readonly object _gate = new();
    private int _isSet;

    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
        {
            lock (_gate)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>
    /// Blocks until it is set, and unsets it. What was handed over before it was set is visible afterwards. May return early.
    /// </summary>
    /// <param name="longest">At most so long; <see cref="Timeout.InfiniteTimeSpan"/> for any time.</param>
    /// <returns>Whether it was set.</returns>
    public bool Wait(TimeSpan longest)
    {
        lock (_gate)
        {
            // Set before the pulse: whoever does not see it set here is pulsed in the wait.
            if (Volatile.Read(ref _isSet) == 0)
            {
                Monitor.Wait(_gate, longest);
            }
        }

        // A full fence: the caller looks into the queues only after the signal is unset, so that no hand-over falls between.
        return Interlocked.Exchange(ref _isSet, 0) != 0;
    }
}
