using FileMonitor.Extending;

namespace FileMonitor.Sources.Inotify;

/// <summary>What the inotify source knows of one root. Owner: the source's thread; what says so may be read by any.</summary>
internal sealed class InotifyRoot(MonitoredRoot root, UncoveredRoot uncovered)
{
    private volatile string? _unreadable;
    private string _refusal = "";
    private string _noRight = "";
    private int _published;

    public MonitoredRoot Root { get; } = root;

    public UncoveredRoot Uncovered { get; } = uncovered;

    /// <summary>Null while the root is not watched.</summary>
    public WatchedDirectory? Top { get; set; }

    /// <summary>How many times the whole root was walked through to watch every directory.</summary>
    public int Walk { get; set; }

    /// <summary>Directories that got no watch, or could not be read, when it was tried last. What leaves the tree leaves this, too.</summary>
    public HashSet<WatchedDirectory> Unwatched { get; } = [];

    /// <summary>Directories that we may not read.</summary>
    public HashSet<WatchedDirectory> Unreadable { get; } = [];

    /// <summary>Why directories got no watch. At the limit of watches that is the reason, whatever else was refused besides: the way out depends on it.</summary>
    public string Refusal => IsAtLimit ? "The limit of inotify watches is reached." : _refusal;

    /// <summary>Whether there are no more watches. Otherwise whatever keeps directories from being watched is tried again by itself.</summary>
    public bool IsAtLimit { get; private set; }

    /// <summary>How often in a row a walk has left some unwatched though there were watches.</summary>
    public int Lacks { get; set; }

    /// <summary>Whether a walk is under way, after which what could not be watched is known anew.</summary>
    public bool IsWalking { get; set; }

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
        IsAtLimit = false;
        IsWalking = true;
        RetryAt = null;
    }

    /// <summary>The monitor finds out by itself what it cannot read, and has the root walked through again when it can.</summary>
    public void PublishUnreadable()
    {
        if (_published != Unreadable.Count)
        {
            _published = Unreadable.Count;
            _unreadable = _published == 0 ? null : $"{_published} directories below '{Root.Path}' cannot be watched: {_noRight} Give the process read permission.";
        }
    }

    /// <summary>A directory could not be watched.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="words">Why; null when there are no more watches.</param>
    public void Lack(WatchedDirectory directory, string? words)
    {
        Unwatched.Add(directory);
        IsAtLimit |= words is null;
        _refusal = words ?? _refusal;
    }

    /// <summary>A directory may not be read.</summary>
    public void LackRight(WatchedDirectory directory, string words)
    {
        Unreadable.Add(directory);
        _noRight = words;
    }

    /// <summary>Whatever was wrong with a directory is over, or it has left.</summary>
    public void Unlack(WatchedDirectory directory)
    {
        Unwatched.Remove(directory);
        Unreadable.Remove(directory);
    }

    /// <summary>All watches are lost, and what was known of the directories with them.</summary>
    public void ForgetWatches()
    {
        Top = null;
        IsWalking = false;
        Unwatched.Clear();
        Unreadable.Clear();
    }

    public void Answer(string? obstacle)
    {
        Waiting.ForEach(waiting => waiting.TrySetResult(obstacle));
        Waiting.Clear();
    }
}
