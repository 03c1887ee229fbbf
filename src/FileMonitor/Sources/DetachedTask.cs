namespace FileMonitor.Sources;

/// <summary>
/// Work on the pool that does not carry the caller's execution context along: a watcher started inside a request would keep that request's
/// context alive as long as it lives.
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

    /// <summary>Waits by the clock that was given; a cancelled wait only ends early.</summary>
    public static async Task PauseAsync(TimeSpan pause, TimeProvider time, CancellationToken cancellationToken) =>
        await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
