using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>The marked file systems. Opens directories on them by handle. Owner: the source's thread.</summary>
/// <remarks>
/// Opening by handle needs an open directory on the file system. It is kept open for one round of the thread only, because an open directory
/// keeps a file system from being unmounted.
/// </remarks>
internal sealed class FanotifyVolumes(FanotifyGroup group) : IDisposable
{
    // Paths by the id of the file system. A watched file system may have several, because a mount may show only a part of it. The second is for
    // file systems where only program starts are noticed.
    private readonly Dictionary<ulong, List<string>> _watched = [];
    private readonly Dictionary<ulong, string> _programs = [];
    private string? _openPath;
    private ulong _openId;
    private int _open = -1;

    public int Count => _watched.Count + _programs.Count;

    public bool Watches(ulong fileSystem) => _watched.ContainsKey(fileSystem);

    /// <summary>Marks the file system of a directory and finds its handle.</summary>
    /// <param name="path">The directory; no part of the path is a link.</param>
    /// <param name="handle">Receives the handle.</param>
    /// <param name="length">The length of the handle.</param>
    /// <returns>Null on success, otherwise a sentence saying why it cannot be watched.</returns>
    public string? TryWatch(string path, Span<byte> handle, out int length)
    {
        length = 0;
        var directory = Open(path);
        if (directory < 0)
        {
            return $"'{path}' cannot be opened: {LinuxErrors.Describe(LinuxErrors.LastError)}.";
        }

        try
        {
            if (group.TryWatch(directory) is { } refused)
            {
                return FanotifyErrors.ExplainMarking(refused, path);
            }

            if (FanotifySupport.WhyNoHandles(directory, path) is { } unusable)
            {
                return unusable;
            }

            _ = LinuxHandles.TryGetFileSystem(directory, out var id);
            length = LinuxHandles.Get(id, directory, handle);
            if (!_watched.TryGetValue(id, out var paths))
            {
                _watched.Add(id, paths = []);
            }

            if (!paths.Contains(path))
            {
                paths.Add(path);
            }

            return null;
        }
        finally
        {
            LinuxFiles.Close(directory);
        }
    }

    /// <summary>Forgets the places where watched file systems are no longer visible or no longer marked, and returns them.</summary>
    public List<string> ForgetUnmarked()
    {
        var lost = new List<string>();
        foreach (var (id, paths) in _watched.ToArray())
        {
            lost.AddRange(paths.Where(path => !IsSeen(id, path)));
            paths.RemoveAll(lost.Contains);
            if (paths.Count == 0)
            {
                _watched.Remove(id);
            }
        }

        return lost;
    }

    /// <summary>Watches program starts from other file systems.</summary>
    public void WatchPrograms(IEnumerable<Mount> mounts)
    {
        _programs.Clear();

        // Prefer a mount that shows the whole file system for opening handles.
        foreach (var mount in mounts.Where(FanotifyMounts.MayHoldPrograms).OrderByDescending(mount => mount.Top == "/"))
        {
            var directory = Open(mount.MountPoint);
            if (directory >= 0 && LinuxHandles.TryGetFileSystem(directory, out var id) && _programs.TryAdd(id, mount.MountPoint) && !Watches(id))
            {
                group.WatchPrograms(directory);
            }

            LinuxFiles.Close(directory);
        }
    }

    /// <summary>Opens a directory of a watched file system, to list it; negative when it cannot be.</summary>
    /// <param name="handle">The directory.</param>
    /// <param name="error">The system's error when it cannot be opened; 0 when its file system is gone.</param>
    public int OpenToList(ReadOnlySpan<byte> handle, out int error)
    {
        error = 0;
        foreach (var path in PathsOf(handle))
        {
            if (StandOn(LinuxHandles.FileSystemOf(handle), path) is >= 0 and var mount)
            {
                var directory = LinuxHandles.OpenToList(mount, handle);
                error = directory < 0 ? LinuxErrors.LastError : 0;
                return directory;
            }
        }

        return -1;
    }

    /// <summary>The path of a directory; null when it is gone or not visible.</summary>
    public string? PathOf(ReadOnlySpan<byte> handle)
    {
        if (handle.Length <= LinuxHandles.FileSystemIdBytes)
        {
            return null;
        }

        foreach (var path in PathsOf(handle))
        {
            if (PathThrough(path, handle) is { } found)
            {
                return found;
            }
        }

        return _programs.TryGetValue(LinuxHandles.FileSystemOf(handle), out var whole) ? PathThrough(whole, handle) : null;
    }

    /// <summary>Where a directory of a watched file system is now (<see cref="DirectoryLocator"/>).</summary>
    public bool TryLocate(ReadOnlySpan<byte> handle, Span<byte> parent, out int length, out string name)
    {
        (length, name) = (-1, "");
        var directory = OpenToList(handle, out _);
        if (directory < 0)
        {
            return false;
        }

        var above = LinuxOpening.Open(directory, "..\0"u8, LinuxFlags.O_PATH | LinuxFlags.O_DIRECTORY);
        if (above >= 0 && LinuxHandles.PathOf(directory) is { } path)
        {
            // The name is right whichever part the mount shows, unless the directory was deleted and is still open.
            name = PathText.NameOf(path).ToString();
            length = LinuxHandles.Get(LinuxHandles.FileSystemOf(handle), above, name, parent);
            length = length > 0 && parent[..length].SequenceEqual(handle) ? LinuxHandles.Get(LinuxHandles.FileSystemOf(handle), above, parent) : -1;
        }

        LinuxFiles.Close(above);
        LinuxFiles.Close(directory);
        return length > 0;
    }

    /// <summary>Closes the open directory, so that the file system can be unmounted.</summary>
    public void Release()
    {
        LinuxFiles.Close(_open);
        _open = -1;
    }

    public void Dispose() => Release();

    private List<string> PathsOf(ReadOnlySpan<byte> handle) => _watched.GetValueOrDefault(LinuxHandles.FileSystemOf(handle)) ?? [];

    private bool IsSeen(ulong id, string path)
    {
        var directory = Open(path);
        var isSeen = directory >= 0 && LinuxHandles.TryGetFileSystem(directory, out var found) && found == id && group.Watches(directory);
        LinuxFiles.Close(directory);
        return isSeen;
    }

    private string? PathThrough(string path, ReadOnlySpan<byte> handle)
    {
        var mount = StandOn(LinuxHandles.FileSystemOf(handle), path);
        var directory = mount < 0 ? -1 : LinuxHandles.OpenToStandOn(mount, handle);
        var found = directory < 0 ? null : LinuxHandles.PathOf(directory);
        LinuxFiles.Close(directory);

        // Through a mount that does not show the directory, the path means something else.
        return found is not null && LinuxHandles.IsAt(found, handle) ? found : null;
    }

    /// <summary>Opens a directory on the file system; kept open until <see cref="Release"/>.</summary>
    private int StandOn(ulong id, string path)
    {
        if (_open >= 0 && _openId == id && _openPath == path)
        {
            return _open;
        }

        Release();
        _open = Open(path);

        // Another file system may be mounted there by now, where the handle means another directory.
        if (_open >= 0 && (!LinuxHandles.TryGetFileSystem(_open, out var found) || found != id))
        {
            Release();
        }

        (_openId, _openPath) = (id, path);
        return _open;
    }

    // The path is a root or a mount point.
    private static int Open(string path) => LinuxBeneath.OpenToList(path, "");
}
