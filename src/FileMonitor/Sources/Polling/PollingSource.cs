using FileMonitor.Extending;

namespace FileMonitor.Sources.Polling;

/// <summary>
/// For roots of which the operating system says nothing: pauses, asks the monitor to compare each with the disk, and again. It reads
/// nothing itself, and looks a root's path up each time, so that a root that comes back is found by the next comparison.
/// </summary>
/// <remarks>The fields belong to whoever starts and disposes the source, one after the other.</remarks>
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

    public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _changes = changes;
        _polling = Task.WhenAll([.. roots.Select(root =>
            DetachedTask.Run(() => RepeatedComparison.RunAsync(root, static () => [""], changes, _interval, _time, _end)))]);
        return Task.CompletedTask;
    }

    /// <summary>A comparison that begins now finds all that happened before.</summary>
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
        // A start that failed and the stop that follows both end here.
        if (_end.IsCancellationRequested)
        {
            return;
        }

        await _disposed.CancelAsync().ConfigureAwait(false);
        await _polling.ConfigureAwait(false);
        _disposed.Dispose();
    }
}
