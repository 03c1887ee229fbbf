namespace FileMonitor.Sources.Linux;

/// <summary>What the inotify source knows of one root. Owner: the source's thread; what says so may be read by any.</summary>
internal sealed class InotifyRoot(MonitoredRoot root, UncoveredRoot uncovered)
{
    private volatile string? _unreadable;

    public MonitoredRoot Root { get; } = root;

    public UncoveredRoot Uncovered { get; } = uncovered;

    /// <summary>Null while the root is not watched.</summary>
    public WatchedDirectory? Top { get; set; }

    /// <summary>How many times the whole root was walked through to watch every directory.</summary>
    public int Walk { get; set; }

    /// <summary>Directories that got no watch in this walk or since, because there are no more.</summary>
    public long Unwatched { get; set; }

    /// <summary>Directories that may not be read.</summary>
    public long Unreadable { get; set; }

    /// <summary>The system's words for the latest of them; null for none.</summary>
    public string? Refusal { get; set; }

    /// <summary>Told once the walk that is under way has ended: null, or why the root cannot be watched.</summary>
    public List<TaskCompletionSource<string?>> Waiting { get; } = [];

    /// <summary>When it is walked through again because it could not be watched; null when that is not due.</summary>
    public long? RetryAt { get; set; }

    public int Failures { get; set; }

    /// <summary>Whether its own watch has ended, because it was deleted or its volume unmounted, and it was not watched again yet.</summary>
    public bool HasEnded { get; set; }

    /// <summary>Waits for a higher limit of watches; ends when this is cancelled.</summary>
    public CancellationTokenSource? Shortage { get; set; }

    /// <summary>What is wrong for longer than a moment. Any thread.</summary>
    public IEnumerable<string> Problems => new[] { Uncovered.Problem, _unreadable }.OfType<string>();

    public void BeginWalk()
    {
        Walk++;
        Unwatched = Unreadable = 0;
        Refusal = null;
        RetryAt = null;
    }

    /// <summary>The monitor finds out by itself what it cannot read, and has the root walked through again when it can.</summary>
    public void PublishUnreadable() => _unreadable = Unreadable == 0
        ? null
        : $"{Unreadable} directories below '{Root.Path}' cannot be watched: {Refusal} Give the process read permission.";

    public void Answer(string? obstacle)
    {
        Waiting.ForEach(waiting => waiting.TrySetResult(obstacle));
        Waiting.Clear();
    }
}
