using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Sources.Inotify;

/// <summary>The state of one root in the tree of watches. Owner: the source's thread; <see cref="Problem"/> may be read by any.</summary>
internal sealed class WatchedRoot(MonitoredRoot root)
{
    private volatile string? _problem;
    private string _refusal = "";
    private string _unreadable = "";
    private int _published;

    public MonitoredRoot Root { get; } = root;

    /// <summary>Null while the root is not watched.</summary>
    public WatchedDirectory? Top { get; set; }

    /// <summary>The number of the latest walk through the whole root.</summary>
    public int Walk { get; set; }

    /// <summary>Directories that got no watch, or could not be read, at the latest attempt. Directories that leave the tree leave this set, too.</summary>
    public HashSet<WatchedDirectory> Unwatched { get; } = [];

    /// <summary>Directories that we may not read.</summary>
    public HashSet<WatchedDirectory> Unreadable { get; } = [];

    /// <summary>Why directories got no watch. At the limit of watches only that is named, because the way out depends on it.</summary>
    public string Refusal => IsAtLimit ? "The limit of inotify watches is reached." : _refusal;

    /// <summary>Whether the limit of watches is reached. Otherwise the unwatched directories are tried again after a pause.</summary>
    public bool IsAtLimit { get; private set; }

    /// <summary>How many directories are unreadable, and the way out, as last published; null when there are none. Any thread.</summary>
    public string? Problem => _problem;

    public void BeginWalk()
    {
        Walk++;
        IsAtLimit = false;
    }

    /// <summary>Publishes the unreadable directories for health. The pump finds them by itself and has the root walked again when they are readable.</summary>
    public void PublishUnreadable()
    {
        if (_published != Unreadable.Count)
        {
            _published = Unreadable.Count;
            _problem = _published == 0 ? null : $"{CountText.Of(_published, "directory", "directories")} below '{Root.Path}' cannot be watched: {_unreadable} Give the process read permission.";
        }
    }

    /// <summary>A directory could not be watched.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="words">Why; null when the limit of watches is reached.</param>
    public void NoteUnwatched(WatchedDirectory directory, string? words)
    {
        Unwatched.Add(directory);
        IsAtLimit |= words is null;
        _refusal = words ?? _refusal;
    }

    /// <summary>A directory is unreadable.</summary>
    public void NoteUnreadable(WatchedDirectory directory, string words)
    {
        Unreadable.Add(directory);
        _unreadable = words;
    }

    /// <summary>The directory is watched, or has left the tree.</summary>
    public void NoteWatched(WatchedDirectory directory)
    {
        Unwatched.Remove(directory);
        Unreadable.Remove(directory);
    }

    /// <summary>All watches are lost: forgets the directories.</summary>
    public void ForgetWatches()
    {
        Top = null;
        Unwatched.Clear();
        Unreadable.Clear();
    }
}
