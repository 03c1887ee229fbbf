namespace FileMonitor;

/// <summary>Who notices that something changed.</summary>
public enum ChangeSourceKind
{
    /// <summary>The best for this system; today that is <see cref="FileSystemWatcher"/> everywhere.</summary>
    Auto,

    /// <summary><see cref="System.IO.FileSystemWatcher"/>, on every system .NET runs on.</summary>
    FileSystemWatcher,
}
