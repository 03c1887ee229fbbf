namespace FileMonitor.Running;

/// <summary>Runs a loop on a thread of its own.</summary>
internal static class OwnThread
{
    /// <summary>
    /// The pump sleeps and wakes a thousand times a second under load. On the pool each time would cost a work item, a timer, and spinning pool threads.
    /// </summary>
    public static Task Run(string name, Action run)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                run();
                ended.SetResult();
            }
            catch (OperationCanceledException cancelled)
            {
                ended.SetCanceled(cancelled.CancellationToken);
            }
            catch (Exception defect)
            {
                ended.SetException(defect);
            }
        })
        { IsBackground = true, Name = name };
        thread.UnsafeStart();
        return ended.Task;
    }
}
