namespace FileMonitor;

/// <summary>Who notices that something changed.</summary>
public enum ChangeSourceKind
{
    /// <summary>
    /// The best for each root: <see cref="Polling"/> where the file system reports nothing (NFS, CIFS, 9p, virtiofs, FUSE) or the environment
    /// variable <c>DOTNET_USE_POLLING_FILE_WATCHER</c> is set to 1 or true, otherwise <see cref="FileSystemWatcher"/>.
    /// </summary>
    Auto,

    /// <summary><see cref="System.IO.FileSystemWatcher"/>, on every system .NET runs on.</summary>
    FileSystemWatcher,

    /// <summary>Compares the roots with the disk every <see cref="PollingOptions.Interval"/>: the same events, later and at a higher price.</summary>
    Polling,
}
