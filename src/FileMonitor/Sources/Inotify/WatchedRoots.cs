using FileMonitor.Extending;

namespace FileMonitor.Sources.Inotify;

/// <summary>Finds the state of the root that a directory belongs to. Owner: the source's thread.</summary>
internal sealed class WatchedRoots
{
    private readonly Dictionary<MonitoredRoot, WatchedRoot> _roots = [];

    /// <summary>Replaces an entry: a root that was handed over and came back has a new state.</summary>
    public void Add(WatchedRoot root) => _roots[root.Root] = root;

    public WatchedRoot Of(WatchedDirectory directory) => _roots[directory.Root];
}
