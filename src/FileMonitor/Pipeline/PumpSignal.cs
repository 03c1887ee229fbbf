namespace FileMonitor.Pipeline;

/// <summary>
/// Wakes the pipeline's one reader: for hints, finished checksums, room in the stream, a due time. Any thread sets it, one waits. Setting
/// it while it is set costs one interlocked operation.
/// </summary>
internal sealed class PumpSignal : IDisposable
{
    private readonly SemaphoreSlim _semaphore = new(0, 1);
    private int _isSet;

    public void Set()
    {
        // Release can fail only after Dispose: a late timer or source, with nobody left to wake.
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
        {
            try
            {
                _semaphore.Release();
            }
            catch (ObjectDisposedException)
            {
            }
        }
    }

    /// <summary>Returns once it is set, and unsets it. What was handed over before it was set is visible afterwards.</summary>
    public async ValueTask WaitAsync()
    {
        await _semaphore.WaitAsync().ConfigureAwait(false);

        // A full fence: the caller looks into the queues only after the signal is unset, so that no hand-over falls between.
        Interlocked.Exchange(ref _isSet, 0);
    }

    public void Dispose() => _semaphore.Dispose();
}
