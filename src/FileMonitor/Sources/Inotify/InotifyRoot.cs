using FileMonitor.Extending;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// One root of the inotify source: its conditions and the callers that wait for it. Owner: the source's thread; <see cref="Problems"/> may be
/// read by any.
/// </summary>
internal sealed class InotifyRoot(SourceSupervisor supervisor)
{
    public MonitoredRoot Root => Uncovered.Root;

    public UncoveredRoot Uncovered => Supervisor.Uncovered;

    /// <summary>Has the root walked again when it could not be watched.</summary>
    public SourceSupervisor Supervisor { get; } = supervisor;

    /// <summary>The state of the root in the tree.</summary>
    public WatchedRoot Watched { get; } = new(supervisor.Uncovered.Root);

    /// <summary>Whether the latest walk left directories unwatched although the limit of watches was not reached.</summary>
    public bool IsRetried { get; set; }

    /// <summary>Whether a walk is under way.</summary>
    public bool IsWalking { get; set; }

    /// <summary>Whether the watch of the root itself has ended, because it was deleted or unmounted, and it was not watched again yet.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Cancels the wait for free watches; null when there is none.</summary>
    public CancellationTokenSource? Shortage { get; set; }

    /// <summary>The conditions of the root, as sentences. Any thread.</summary>
    public IEnumerable<string> Problems => new[] { Uncovered.Problem, Watched.Problem }.OfType<string>();

    /// <summary>Completed when the walk under way ends: with null, or with the reason why the root cannot be watched.</summary>
    private List<TaskCompletionSource<string?>> Waiting { get; } = [];

    public void Await(TaskCompletionSource<string?> done) => Waiting.Add(done);

    public void Answer(string? obstacle)
    {
        Waiting.ForEach(waiting => waiting.TrySetResult(obstacle));
        Waiting.Clear();
    }

    /// <summary>All watches are lost: forgets the directories.</summary>
    public void ForgetWatches()
    {
        Watched.ForgetWatches();
        IsWalking = false;
    }

    /// <summary>Ends the wait for free watches.</summary>
    public void EndShortage()
    {
        Shortage?.Cancel();
        Shortage = null;
    }
}
