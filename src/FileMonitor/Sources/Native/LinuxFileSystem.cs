namespace FileMonitor.Sources.Native;

/// <summary>The kinds of file systems.</summary>
internal enum LinuxFileSystem
{
    Other,

    /// <summary>It reports holes reliably, also for data written a moment ago.</summary>
    KnowsHoles,

    /// <summary>The kernel generates the content during the read, and the stated size is zero or wrong.</summary>
    Pseudo,
}
