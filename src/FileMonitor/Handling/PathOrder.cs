namespace FileMonitor.Handling;

/// <summary>
/// Runs the work of events in order per path, and of different paths at the same time. A file's rename has two paths. A directory's rename waits for everything before it, and
/// everything after it waits for it, because it changes the paths of what is below. Thread-safe.
/// </summary>
internal sealed class PathOrder
{
    private readonly Lock _gate = new();

    // The last work of each path, and its event; paths without work are not here. Under the lock.
    private readonly Dictionary<(string Root, string Path), (Task Work, AuditEvent Event)> _last = [];
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
                before = Task.WhenAll(_last.Values.Select(static last => last.Work).Append(_barrier));
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

                before = Task.WhenAll(paths.Select(path => _last.TryGetValue(path, out var last) ? last.Work : _barrier));
                paths.ForEach(path => _last[path] = (done.Task, auditEvent));
            }
        }

        _ = Task.Run(() => RunAsync(before, work, paths, done));
        return done.Task;
    }

    /// <summary>Whether a later event waits that tells of another content of the same file.</summary>
    public bool IsSuperseded(AuditEvent auditEvent)
    {
        lock (_gate)
        {
            return _last.TryGetValue((auditEvent.Root, auditEvent.RelativePath), out var last)
                && last.Event.Sequence > auditEvent.Sequence
                && last.Event.RelativePath == auditEvent.RelativePath
                && last.Event.Sha256 is { } content
                && content != auditEvent.Sha256;
        }
    }

    /// <summary>Completes when all work that was added before the call is done.</summary>
    public Task WhenDoneAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_last.Values.Select(static last => last.Work).Append(_barrier));
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
                    if (_last.TryGetValue(path, out var last) && last.Work == done.Task)
                    {
                        _last.Remove(path);
                    }
                }
            }

            done.TrySetResult();
        }
    }
}
