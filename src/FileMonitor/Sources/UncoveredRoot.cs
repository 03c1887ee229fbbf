using FileMonitor.Extending;

namespace FileMonitor.Sources;

/// <summary>
/// The conditions because of which hints are missing from a root, or from one directory below it. Compares it with the disk at intervals until
/// it is covered again.
/// </summary>
/// <remarks>Owner: whoever holds the lock of the root's watcher. <see cref="Problem"/> may be read by any thread.</remarks>
/// <param name="root">The root.</param>
/// <param name="changes">Receives the conditions, and compares.</param>
/// <param name="interval">The pause between two comparisons.</param>
/// <param name="time">The clock.</param>
/// <param name="directory">The directory below the root; empty for the whole root.</param>
internal sealed class UncoveredRoot(MonitoredRoot root, IChangeWriter changes, TimeSpan interval, TimeProvider time, string directory = "") : IAsyncDisposable
{
    private readonly SortedList<GapCause, string> _open = [];
    private CancellationTokenSource? _polling;
    private Task _polled = Task.CompletedTask;
    private volatile string? _problem;
    private volatile IReadOnlyList<string>? _only;
    private volatile bool _isPartial;

    public MonitoredRoot Root { get; } = root;

    /// <summary>The open conditions as sentences; null when there are none.</summary>
    public string? Problem => _problem;

    /// <summary>The directories to compare while coverage is partial; null for the whole root.</summary>
    public IReadOnlyList<string>? Only { set => _only = value; }

    public bool Has(GapCause cause) => _open.ContainsKey(cause);

    /// <summary>Opens a condition, or changes its text.</summary>
    public void Open(GapCause cause, string detail)
    {
        if (_open.TryGetValue(cause, out var known) && known == detail)
        {
            return;
        }

        _open[cause] = detail;
        _isPartial = _open.Count == 1 && cause == GapCause.PartialCoverage;
        _problem = string.Join(' ', _open.Values);
        changes.ReportUncovered(Root, directory, cause, detail);
        if (_polling is null)
        {
            _polling = new CancellationTokenSource();
            _polled = PollAsync(_polled, _polling.Token);
        }
    }

    /// <summary>Ends all conditions, except for one cause.</summary>
    public void Close(GapCause? except = null) => Close(cause => cause != except);

    /// <summary>Ends the condition of one cause.</summary>
    public void CloseOnly(GapCause cause) => Close(open => open == cause);

    private void Close(Func<GapCause, bool> which)
    {
        foreach (var cause in _open.Keys.Where(which).ToArray())
        {
            _open.Remove(cause);
            changes.ReportCovered(Root, directory, cause);
        }

        _problem = _open.Count == 0 ? null : string.Join(' ', _open.Values);
        _isPartial = _open.Count == 1 && _open.ContainsKey(GapCause.PartialCoverage);
        if (_open.Count == 0)
        {
            StopPolling();
        }
    }

    /// <summary>Ends the comparisons, under the lock; completes when the last has ended. Conditions stay.</summary>
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
        await RepeatedComparison.RunAsync(Root, () => (_isPartial ? _only : null) ?? [directory], changes, interval, time, cancellationToken).ConfigureAwait(false);
    });
}
