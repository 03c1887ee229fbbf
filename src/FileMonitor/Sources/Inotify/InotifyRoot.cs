using FileMonitor.Extending;

namespace FileMonitor.Sources.Inotify;

/// <summary>One root of the inotify source: what is not covered of it, and who waits for it. Owner: the source's thread; <see cref="Problems"/> may be read by any.</summary>
internal sealed class InotifyRoot(SourceSupervisor supervisor)
{
    public MonitoredRoot Root => Uncovered.Root;

    public UncoveredRoot Uncovered => Supervisor.Uncovered;

    /// <summary>Has it walked through again when it could not be watched.</summary>
    public SourceSupervisor Supervisor { get; } = supervisor;

    /// <summary>What the tree knows of it.</summary>
    public WatchedRoot Watched { get; } = new(supervisor.Uncovered.Root);

    /// <summary>Whether the latest walk has left some unwatched though there were watches.</summary>
    public bool IsRetried { get; set; }

    /// <summary>Whether a walk is under way, after which what could not be watched is known anew.</summary>
    public bool IsWalking { get; set; }

    /// <summary>Whether its own watch has ended, because it was deleted or its volume unmounted, and it was not watched again yet.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Waits for a higher limit of watches; ends when this is cancelled.</summary>
    public CancellationTokenSource? Shortage { get; set; }

    /// <summary>What is wrong for longer than a moment. Any thread.</summary>
    public IEnumerable<string> Problems => new[] { Uncovered.Problem, Watched.Problem }.OfType<string>();

    /// <summary>Told once the walk that is under way has ended: null, or why the root cannot be watched.</summary>
    private List<TaskCompletionSource<string?>> Waiting { get; } = [];

    public void Await(TaskCompletionSource<string?> done) => Waiting.Add(done);

    public void Answer(string? obstacle)
    {
        Waiting.ForEach(waiting => waiting.TrySetResult(obstacle));
        Waiting.Clear();
    }

    /// <summary>All watches are lost, and what was known of the directories with them.</summary>
    public void ForgetWatches()
    {
        Watched.ForgetWatches();
        IsWalking = false;
    }

    /// <summary>What is missing for want of watches is over, or is not waited for any more.</summary>
    public void EndShortage()
    {
        Shortage?.Cancel();
        Shortage = null;
    }
}
