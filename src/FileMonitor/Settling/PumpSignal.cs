namespace FileMonitor.Settling;

/// <summary>
/// Wakes the pump's thread for hints, results and room in the stream. Any thread sets it; one waits. Setting it while it is set costs one interlocked
/// operation.
/// </summary>
/// <remarks>
/// Uses a monitor, because a semaphore spins and yields before it sleeps: at a thousand wake-ups a second that was most of the pump's processor time.
/// </remarks>
internal sealed class PumpSignal
{
    // There may be tens of thousands of results a second, and waking the pump for each costs more than reading the file.
    private static readonly TimeSpan ResultsPause = TimeSpan.FromMilliseconds(1);

    private readonly object _gate = new();
    private int _isSet;
    private int _hasResults;
    private int _isPausing;

    // Owned by the waiting thread.
    private bool _hadResults;

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

    /// <summary>Signals a result. The first wakes the pump at once; the pump takes those of the following millisecond together.</summary>
    public void SetForResult()
    {
        if (Interlocked.Exchange(ref _hasResults, 1) == 0 && Volatile.Read(ref _isPausing) == 0)
        {
            Set();
        }
    }

    /// <summary>Signals a result.</summary>
    /// <param name="othersFollow">Whether another result follows at once, so that a short wait pays.</param>
    public void SetForResult(bool othersFollow)
    {
        if (othersFollow)
        {
            SetForResult();
        }
        else
        {
            Set();
        }
    }

    /// <summary>
    /// Blocks until the signal is set, and resets it. Everything written before it was set is visible afterwards. May return early.
    /// </summary>
    /// <param name="longest">The longest wait; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <returns>Whether the signal was set.</returns>
    public bool Wait(TimeSpan longest)
    {
        if (_hadResults)
        {
            // Reset before checking for results: a result that arrives now is seen below, or its writer sees that the pause has ended.
            Interlocked.Exchange(ref _isPausing, 1);
            var isSet = WaitForSet(longest == Timeout.InfiniteTimeSpan || longest > ResultsPause ? ResultsPause : longest);
            Interlocked.Exchange(ref _isPausing, 0);
            _hadResults = TakeResults();
            if (_hadResults || isSet)
            {
                return true;
            }
        }

        // The signal may be set for results only, or for something else as well: reset both states.
        var hasResults = TakeResults();
        var wasSet = WaitForSet(hasResults ? TimeSpan.Zero : longest);
        _hadResults = TakeResults() || hasResults;
        return _hadResults || wasSet;
    }

    private bool TakeResults() => Interlocked.Exchange(ref _hasResults, 0) != 0;

    private bool WaitForSet(TimeSpan longest)
    {
        lock (_gate)
        {
            // Set before the pulse: a waiter that does not see it here is woken by the pulse.
            if (Volatile.Read(ref _isSet) == 0 && longest != TimeSpan.Zero)
            {
                Monitor.Wait(_gate, longest);
            }
        }

        // A full fence: the caller reads the queues only after the reset, so that no item is missed in between.
        return Interlocked.Exchange(ref _isSet, 0) != 0;
    }
}
