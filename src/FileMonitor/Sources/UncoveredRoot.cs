namespace FileMonitor.Sources;

/// <summary>
/// Why hints are missing from one root now, and the comparisons with the disk that stand in for them until it is covered again.
/// </summary>
/// <remarks>All belongs to whoever holds the lock of the root's watcher, except <see cref="Problem"/>, which anyone may read.</remarks>
internal sealed class UncoveredRoot(MonitoredRoot root, IChangeWriter changes, TimeSpan interval, TimeProvider time) : IAsyncDisposable
{
    private readonly SortedList<GapCause, string> _open = [];
    private CancellationTokenSource? _polling;
    private Task _polled = Task.CompletedTask;
    private volatile string? _problem;

    /// <summary>What is wrong, in words; null when every hint comes.</summary>
    public string? Problem => _problem;

    public bool Has(GapCause cause) => _open.ContainsKey(cause);

    /// <summary>A condition begins, or has new words.</summary>
    public void Open(GapCause cause, string detail)
    {
        if (_open.TryGetValue(cause, out var known) && known == detail)
        {
            return;
        }

        _open[cause] = detail;
        _problem = string.Join(' ', _open.Values);
        changes.ReportUncovered(root, "", cause, detail);
        if (_polling is null)
        {
            _polling = new CancellationTokenSource();
            _polled = PollAsync(_polled, _polling.Token);
        }
    }

    /// <summary>Hints come again, except for one reason perhaps.</summary>
    public void Close(GapCause? except = null)
    {
        foreach (var cause in _open.Keys.Where(cause => cause != except).ToArray())
        {
            _open.Remove(cause);
            changes.ReportCovered(root, "", cause);
        }

        _problem = _open.Count == 0 ? null : string.Join(' ', _open.Values);
        if (_open.Count == 0)
        {
            StopPolling();
        }
    }

    /// <summary>Ends the comparisons, under the lock, and completes when the last has ended; what is uncovered stays so.</summary>
    public ValueTask DisposeAsync()
    {
        StopPolling();
        return new(_polled);
    }

    private void StopPolling()
    {
        _polling?.Cancel();
        _polling?.Dispose();
        _polling = null;
    }

    private Task PollAsync(Task before, CancellationToken cancellationToken) => DetachedTask.Run(async () =>
    {
        await before.ConfigureAwait(false);
        await RepeatedComparison.RunAsync(root, changes, interval, time, cancellationToken).ConfigureAwait(false);
    });
}
