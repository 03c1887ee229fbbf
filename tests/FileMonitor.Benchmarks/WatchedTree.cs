using FileMonitor.Extending;

namespace FileMonitor.Benchmarks;

/// <summary>A new directory, a monitor on it and a reader that applies what it is told. Removed with everything in it at the end.</summary>
internal sealed class WatchedTree : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<(Func<EventReplay, AuditEvent, bool> Condition, TaskCompletionSource<AuditEvent> Met)> _waiting = [];
    private readonly EventReplay _replay = new();
    private readonly FileSystemMonitor _monitor;
    private readonly Task _reading;
    private long _read;

    private WatchedTree(Scratch scratch, FileSystemMonitor monitor)
    {
        Scratch = scratch;
        _monitor = monitor;
        var events = monitor.ReadAllAsync();
        _reading = Task.Run(() => ReadAsync(events));
    }

    public Scratch Scratch { get; }

    /// <summary>The watched directory.</summary>
    public string Root => Scratch.Watched;

    /// <summary>The events that closed gaps so far. Read it once all is told.</summary>
    public IReadOnlyList<AuditEvent> ClosedGaps => _replay.ClosedGaps;

    public static async Task<WatchedTree> StartAsync(Scratch scratch, Action<FileMonitorOptions>? configure = null, Action<FileMonitorComponents>? components = null)
    {
        var monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(scratch.Watched);
                configure?.Invoke(options);
            },
            components);
        var tree = new WatchedTree(scratch, monitor);
        await monitor.StartAsync();
        return tree;
    }

    /// <summary>Completes with the first event, from now on, with which a condition is true.</summary>
    public Task<AuditEvent> WhenAsync(Func<EventReplay, AuditEvent, bool> condition)
    {
        var met = new TaskCompletionSource<AuditEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add((condition, met));
        }

        return met.Task;
    }

    /// <summary>Completes once everything that was done before is told, and read.</summary>
    public async Task FlushAsync()
    {
        var told = (await _monitor.FlushAsync()).Sequence;
        Task read;
        lock (_gate)
        {
            read = _read >= told ? Task.CompletedTask : WhenAsync((_, one) => one.Sequence >= told);
        }

        await read;
    }

    /// <summary>What the events add up to, beside the disk. Nobody writes meanwhile.</summary>
    public TreeOutcome Compare()
    {
        lock (_gate)
        {
            var (items, missed, wrong) = _replay.CompareWith(Root);
            return new(items, _replay.Events, missed, wrong, _replay.Duplicates, _replay.Senseless, _replay.GapsOpened, _replay.ClosedGaps.Count);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _monitor.DisposeAsync();
        await _reading;
        Scratch.Dispose();
    }

    private async Task ReadAsync(IAsyncEnumerable<AuditEvent> events)
    {
        await foreach (var one in events)
        {
            lock (_gate)
            {
                _replay.Apply(one);
                _read = one.Sequence;
                foreach (var (_, met) in _waiting.Where(waiting => waiting.Condition(_replay, one)))
                {
                    met.TrySetResult(one);
                }

                _waiting.RemoveAll(waiting => waiting.Met.Task.IsCompleted);
            }
        }
    }
}

/// <summary>Events beside the disk: everything but the first two and the gaps is to be 0, and every gap closed.</summary>
internal sealed record TreeOutcome(long Items, long Events, long Missed, long Wrong, long Duplicates, long Senseless, int GapsOpened, int GapsClosed)
{
    public bool IsExact => Missed + Wrong + Duplicates + Senseless == 0 && GapsOpened == GapsClosed;
}
