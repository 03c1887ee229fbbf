using FileMonitor.Extending;

namespace FileMonitor.Sources;

/// <summary>Compares a root, or some directories below it, with the disk at intervals. Used where no hints come.</summary>
internal static class RepeatedComparison
{
    // So that comparing never takes more than a tenth of the time, however large the root and however slow the disk.
    private const int PauseOverCost = 10;

    /// <summary>
    /// Begins with a pause, because the caller has just had the root compared or is about to. Ends when cancelled, even in the middle of a
    /// comparison.
    /// </summary>
    public static async Task RunAsync(
        MonitoredRoot root, Func<IReadOnlyList<string>> directories, IChangeWriter changes, TimeSpan interval, TimeProvider time, CancellationToken cancellationToken)
    {
        var pause = interval;
        while (true)
        {
            await DetachedTask.PauseAsync(pause, time, cancellationToken).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            var begun = time.GetTimestamp();
            await Task.WhenAll(directories().Select(directory => changes.CompareAsync(root, directory)))
                .WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var cost = time.GetElapsedTime(begun) * PauseOverCost;
            pause = cost > interval ? cost : interval;
        }
    }
}
