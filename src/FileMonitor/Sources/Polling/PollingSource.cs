using FileMonitor.Extending;

namespace FileMonitor.Sources.Polling;

/// <summary>
/// For roots where the operating system reports no changes: has the monitor compare each root with the disk at intervals. It reads nothing
/// itself. Each comparison looks up the path of the root, so it finds a root that came back.
/// </summary>
/// <remarks>Owner of the fields: the caller of start and dispose, one after the other.</remarks>
internal sealed class PollingSource : IRootSource
{
    public const string SourceName = "Polling";

    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _disposed = new();
    private readonly CancellationToken _end;
    private IChangeWriter? _changes;
    private Task _polling = Task.CompletedTask;

    public PollingSource(TimeSpan interval, TimeProvider time)
    {
        _interval = interval;
        _time = time;
        _end = _disposed.Token;
    }

    public string Name => SourceName;

    /// <summary>It does not say who made a change, so nobody asks.</summary>
    long IChangeSource.HintedUpTo => long.MaxValue;

    public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _changes = changes;
        _polling = Task.WhenAll([.. roots.Select(root =>
            DetachedTask.Run(() => RepeatedComparison.RunAsync(root, static () => [""], changes, _interval, _time, _end)))]);
        return Task.CompletedTask;
    }

    /// <summary>Completes after a comparison that begins now: it finds everything that happened before.</summary>
    public async ValueTask<string?> FlushAsync(MonitoredRoot root, CancellationToken cancellationToken)
    {
        if (_changes is not { } changes)
        {
            return $"The polling of '{root.Path}' has not begun.";
        }

        await changes.CompareAsync(root, "").WaitAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    public Task HandOverAsync(MonitoredRoot root) => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        // Called twice after a failed start: by the start and by the stop.
        if (_end.IsCancellationRequested)
        {
            return;
        }

        await _disposed.CancelAsync().ConfigureAwait(false);
        await _polling.ConfigureAwait(false);
        _disposed.Dispose();
    }
}
