using FileMonitor.Extending;

namespace FileMonitor.Sources.Fanotify;

/// <summary>A directory of a watched file system, known by its handle. Owner: the source's thread.</summary>
/// <param name="root">The root it belongs to.</param>
/// <param name="parent">The directory it is in; null for the root itself.</param>
/// <param name="name">Its name there.</param>
/// <param name="handle">Its file handle (<see cref="Native.LinuxHandles"/>).</param>
internal sealed class FanotifyDirectory(MonitoredRoot root, FanotifyDirectory? parent, string name, byte[] handle) : DirectoryNode(root, parent, name)
{
    public byte[] Handle { get; } = handle;

    /// <summary>The number under which it was retired last; 0 when it is in the tree.</summary>
    public long RetiredAs { get; set; }
}
