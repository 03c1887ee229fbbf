using FileMonitor.Extending;

namespace FileMonitor.Sources.Inotify;

/// <summary>A directory with its inotify watch. Owner: the source's thread.</summary>
internal sealed class WatchedDirectory(MonitoredRoot root, WatchedDirectory? parent, string name) : DirectoryNode(root, parent, name)
{
    public const int NoWatch = -1;

    public new WatchedDirectory? Parent => (WatchedDirectory?)base.Parent;

    public int Watch { get; set; } = NoWatch;

    /// <summary>
    /// In which walk through the whole root it was last read, by the walk or otherwise. That it was seen is not enough: what was moved during
    /// the walk was seen, and what is in it may never have been told.
    /// </summary>
    public int ReadInWalk { get; set; } = -1;
}
