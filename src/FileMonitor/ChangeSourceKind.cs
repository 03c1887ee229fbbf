using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>How changes are detected.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChangeSourceKind>))]
public enum ChangeSourceKind
{
    /// <summary>
    /// The best source for each root: <see cref="Polling"/> where the file system reports no changes (NFS, CIFS, 9p, virtiofs, FUSE) or the
    /// environment variable <c>DOTNET_USE_POLLING_FILE_WATCHER</c> is set to 1 or true, otherwise <see cref="Inotify"/> on 64-bit Linux and
    /// <see cref="FileSystemWatcher"/> elsewhere.
    /// </summary>
    Auto,

    /// <summary><see cref="System.IO.FileSystemWatcher"/>, on every system .NET runs on.</summary>
    FileSystemWatcher,

    /// <summary>
    /// The kernel's inotify, used directly: Linux. Reports when a file is finished, takes no watch for ignored directories, and watches
    /// directories of any name. One inotify instance for all roots.
    /// </summary>
    Inotify,

    /// <summary>
    /// The kernel's fanotify with marks on whole file systems: Linux 5.9 or later, with the capabilities CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH.
    /// Watches any number of directories at once and reports which process made a change (<see cref="AuditEvent.Actor"/>). Where it cannot be
    /// used, <see cref="Inotify"/> is used, and health says why.
    /// </summary>
    Fanotify,

    /// <summary>Compares the roots with the disk every <see cref="PollingOptions.Interval"/>: the same events, later and at a higher cost.</summary>
    Polling,
}
