namespace FileMonitor.Settling;

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
    // Results come in tens of thousands a second: to wake the pump for each would cost more than to read the file.
    private static readonly TimeSpan ResultsPause = TimeSpan.FromMilliseconds(1);

    private readonly object _gate = new();
    private int _isSet;
    private int _hasResults;
    private int _isPausing;

    // The waiting thread's own.
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

    /// <summary>A result is there. The first wakes the pump at once; those that follow within a millisecond are taken together.</summary>
    public void SetForResult()
    {
        if (Interlocked.Exchange(ref _hasResults, 1) == 0 && Volatile.Read(ref _isPausing) == 0)
        {
            Set();
        }
    }

    /// <summary>A result is there.</summary>
    /// <param name="othersFollow">Whether the next one is as good as there, so that it is worth a moment's wait.</param>
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
    /// Blocks until it is set, and unsets it. What was handed over before it was set is visible afterwards. May return early.
    /// </summary>
    /// <param name="longest">At most so long; <see cref="Timeout.InfiniteTimeSpan"/> for any time.</param>
    /// <returns>Whether it was set.</returns>
    public bool Wait(TimeSpan longest)
    {
        if (_hadResults)
        {
            // Said before the look at whether there are any: a result that comes now is seen below, or sees that nobody pauses any more.
            Interlocked.Exchange(ref _isPausing, 1);
            var isSet = WaitForSet(longest == Timeout.InfiniteTimeSpan || longest > ResultsPause ? ResultsPause : longest);
            Interlocked.Exchange(ref _isPausing, 0);
            _hadResults = TakeResults();
            if (_hadResults || isSet)
            {
                return true;
            }
        }

        // What is set for results is set for them alone, or for something else as well: both are unset.
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
            // Set before the pulse: whoever does not see it set here is pulsed in the wait.
            if (Volatile.Read(ref _isSet) == 0 && longest != TimeSpan.Zero)
            {
                Monitor.Wait(_gate, longest);
            }
        }

        // A full fence: the caller looks into the queues only after the signal is unset, so that no hand-over falls between.
        return Interlocked.Exchange(ref _isSet, 0) != 0;
    }
}
