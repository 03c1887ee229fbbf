namespace FileMonitor.Running;

/// <summary>
/// Orders a comparison of all roots with the disk at intervals, for changes that no operating system reports. The pause grows with the duration of a comparison, so
/// that comparisons take at most a twentieth of the time.
/// </summary>
internal sealed class PeriodicComparison(TimeSpan interval, Func<Task> compareAll, TimeProvider time) : IAsyncDisposable
{
    private const int LeastPausePerCost = 20;

    private readonly CancellationTokenSource _stopped = new();
    private Task _loop = Task.CompletedTask;

    public void Start()
    {
        if (interval > TimeSpan.Zero)
        {
            _loop = Task.Run(RunAsync);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        var pause = interval;
        while (true)
        {
            await Task.Delay(pause, time, _stopped.Token).ConfigureAwait(false);
            var begun = time.GetTimestamp();
            await compareAll().WaitAsync(_stopped.Token).ConfigureAwait(false);
            var cost = time.GetElapsedTime(begun) * LeastPausePerCost;
            pause = cost > interval ? cost : interval;
        }
    }
}
