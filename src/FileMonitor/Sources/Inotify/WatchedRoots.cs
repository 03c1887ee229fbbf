using FileMonitor.Extending;

namespace FileMonitor.Sources.Inotify;

/// <summary>Finds what the tree knows of the root that a directory belongs to. Owner: the source's thread.</summary>
internal sealed class WatchedRoots
{
    private readonly Dictionary<MonitoredRoot, WatchedRoot> _roots = [];

    /// <summary>A root that was given to another source and came back is a new one.</summary>
    public void Add(WatchedRoot root) => _roots[root.Root] = root;

    public WatchedRoot Of(WatchedDirectory directory) => _roots[directory.Root];
}
