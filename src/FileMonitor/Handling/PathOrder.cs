namespace FileMonitor.Handling;

/// <summary>
/// Runs the work of events in order per path, and of different paths at the same time. A file's rename has two paths. A directory's rename waits for everything before it, and
/// everything after it waits for it, because it changes the paths of what is below. Thread-safe.
/// </summary>
internal sealed class PathOrder
{
    private readonly Lock _gate = new();

    // The last work of each path; paths without work are not here. Under the lock.
    private readonly Dictionary<(string Root, string Path), Task> _last = [];
    private Task _barrier = Task.CompletedTask;

    /// <summary>Adds the work of an event. It begins on the thread pool, after the work that was added before for the same paths.</summary>
    /// <returns>Completes with the work.</returns>
    public Task Add(AuditEvent auditEvent, Func<Task> work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        List<(string, string)> paths = [(auditEvent.Root, auditEvent.RelativePath)];
        lock (_gate)
        {
            if (auditEvent is { Kind: AuditEventKind.Renamed, ItemType: ItemType.Directory })
            {
                before = Task.WhenAll(_last.Values.Append(_barrier));
                _barrier = done.Task;
                _last.Clear();
                paths = [];
            }
            else
            {
                if (auditEvent.OldRelativePath is { } old)
                {
                    paths.Add((auditEvent.Root, old));
                }

                before = Task.WhenAll(paths.Select(path => _last.GetValueOrDefault(path, _barrier)));
                paths.ForEach(path => _last[path] = done.Task);
            }
        }

        _ = Task.Run(() => RunAsync(before, work, paths, done));
        return done.Task;
    }

    /// <summary>Completes when all work that was added before the call is done.</summary>
    public Task WhenDoneAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_last.Values.Append(_barrier));
        }
    }

    private async Task RunAsync(Task before, Func<Task> work, List<(string, string)> paths, TaskCompletionSource done)
    {
        try
        {
            await before.ConfigureAwait(false);
            await work().ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                foreach (var path in paths)
                {
                    if (_last.TryGetValue(path, out var last) && last == done.Task)
                    {
                        _last.Remove(path);
                    }
                }
            }

            done.TrySetResult();
        }
    }
}
