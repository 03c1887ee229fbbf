using FileMonitor.Extending;

namespace FileMonitor.Sources;

/// <summary>
/// Why hints are missing from one root now, or from one directory below it, and the comparisons with the disk that stand in for them until
/// it is covered again.
/// </summary>
/// <remarks>All belongs to whoever holds the lock of the root's watcher, except <see cref="Problem"/>, which anyone may read.</remarks>
/// <param name="root">The root.</param>
/// <param name="changes">Who is told, and compares.</param>
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

    /// <summary>What is wrong, in words; null when every hint comes.</summary>
    public string? Problem => _problem;

    /// <summary>The only directories below it that have to be compared while coverage is partial; null for all.</summary>
    public IReadOnlyList<string>? Only { set => _only = value; }

    public bool Has(GapCause cause) => _open.ContainsKey(cause);

    /// <summary>A condition begins, or has new words.</summary>
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

    /// <summary>Hints come again, except for one reason perhaps.</summary>
    public void Close(GapCause? except = null) => Close(cause => cause != except);

    /// <summary>One reason is over.</summary>
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
        await RepeatedComparison.RunAsync(Root, () => (_isPartial ? _only : null) ?? [directory], changes, interval, time, cancellationToken).ConfigureAwait(false);
    });
}
