using FileMonitor.Extending;

namespace FileMonitor.Sources.Inotify;

/// <summary>A directory with its inotify watch. Owner: the source's thread.</summary>
internal sealed class WatchedDirectory(MonitoredRoot root, WatchedDirectory? parent, string name) : DirectoryNode(root, parent, name)
{
    public const int NoWatch = -1;

    public new WatchedDirectory? Parent => (WatchedDirectory?)base.Parent;

    public int Watch { get; set; } = NoWatch;

    /// <summary>
    /// The number of the latest walk in which it was read, by the walk or otherwise. That it was seen is not enough: a directory moved during
    /// the walk was seen, but hints about its contents may be missing.
    /// </summary>
    public int ReadInWalk { get; set; } = -1;
}
