namespace FileMonitor.Sources.Native;

/// <summary>What a file system can be relied on for.</summary>
internal enum LinuxFileSystem
{
    Other,

    /// <summary>It says where nothing is stored, and is right also about what was written a moment ago.</summary>
    KnowsHoles,

    /// <summary>The kernel makes the content while it is read, and states no size, or one that is none.</summary>
    Pseudo,
}
