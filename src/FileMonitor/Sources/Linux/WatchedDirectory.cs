namespace FileMonitor.Sources.Linux;

/// <summary>A directory with its inotify watch. Owner: the source's thread.</summary>
internal sealed class WatchedDirectory(InotifyRoot owner, WatchedDirectory? parent, string name) : DirectoryNode(owner.Root, parent, name)
{
    public const int NoWatch = -1;

    public InotifyRoot Owner { get; } = owner;

    public new WatchedDirectory? Parent => (WatchedDirectory?)base.Parent;

    public int Watch { get; set; } = NoWatch;

    /// <summary>The latest reading of its parent in which it was found.</summary>
    public long ReadIn { get; set; }
}
