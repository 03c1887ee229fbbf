namespace FileMonitor.Sources;

/// <summary>
/// Runs work on the thread pool without the caller's execution context: a watcher started inside a request would otherwise keep that request's
/// context alive.
/// </summary>
internal static class DetachedTask
{
    public static Task Run(Func<Task> work)
    {
        using IDisposable? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return Task.Run(work);
    }

    public static Task Run(Action work) => Run(() =>
    {
        work();
        return Task.CompletedTask;
    });

    /// <summary>Waits by the given clock; returns early, without an exception, when cancelled.</summary>
    public static async Task PauseAsync(TimeSpan pause, TimeProvider time, CancellationToken cancellationToken) =>
        await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
