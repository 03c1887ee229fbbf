using FileMonitor.Extending;

namespace FileMonitor.Sources.Inotify;

/// <summary>What the tree of watches knows of one root. Owner: the source's thread; <see cref="Problem"/> may be read by any.</summary>
internal sealed class WatchedRoot(MonitoredRoot root)
{
    private volatile string? _problem;
    private string _refusal = "";
    private string _noRight = "";
    private int _published;

    public MonitoredRoot Root { get; } = root;

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

    /// <summary>How many directories may not be read, and the way out, as it was published last; null when there are none. Any thread.</summary>
    public string? Problem => _problem;

    public void BeginWalk()
    {
        Walk++;
        IsAtLimit = false;
    }

    /// <summary>The monitor finds out by itself what it cannot read, and has the root walked through again when it can.</summary>
    public void PublishUnreadable()
    {
        if (_published != Unreadable.Count)
        {
            _published = Unreadable.Count;
            _problem = _published == 0 ? null : $"{_published} directories below '{Root.Path}' cannot be watched: {_noRight} Give the process read permission.";
        }
    }

    /// <summary>A directory could not be watched.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="words">Why; null when there are no more watches.</param>
    public void NoteUnwatched(WatchedDirectory directory, string? words)
    {
        Unwatched.Add(directory);
        IsAtLimit |= words is null;
        _refusal = words ?? _refusal;
    }

    /// <summary>A directory may not be read.</summary>
    public void NoteUnreadable(WatchedDirectory directory, string words)
    {
        Unreadable.Add(directory);
        _noRight = words;
    }

    /// <summary>Whatever was wrong with a directory is over, or it has left.</summary>
    public void NoteWatched(WatchedDirectory directory)
    {
        Unwatched.Remove(directory);
        Unreadable.Remove(directory);
    }

    /// <summary>All watches are lost, and what was known of the directories with them.</summary>
    public void ForgetWatches()
    {
        Top = null;
        Unwatched.Clear();
        Unreadable.Clear();
    }
}
