using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>The file systems that are marked, and how what lies on them is opened by its handle. Owner: the source's thread.</summary>
/// <remarks>
/// To open by handle, something on the file system must be open. It is kept for one round of the thread and no longer: an open directory
/// keeps a file system from being unmounted.
/// </remarks>
internal sealed class FanotifyVolumes(FanotifyGroup group) : IDisposable
{
    // By the id of the file system: where we see it. Of the watched ones, several places, for a mount shows its own part only; and of those on
    // which only programs are noticed.
    private readonly Dictionary<ulong, List<string>> _watched = [];
    private readonly Dictionary<ulong, string> _programs = [];
    private string? _openPath;
    private ulong _openId;
    private int _open = -1;

    public int Count => _watched.Count + _programs.Count;

    public bool Watches(ulong fileSystem) => _watched.ContainsKey(fileSystem);

    /// <summary>Marks the file system of a directory and finds its handle.</summary>
    /// <param name="path">The directory, no link in it.</param>
    /// <param name="handle">Where the handle is written.</param>
    /// <param name="length">How many bytes it has.</param>
    /// <returns>Null, or a sentence saying why it cannot be watched.</returns>
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

    /// <summary>Where watched file systems were seen that are no longer seen there, or are not marked any more. These places are forgotten.</summary>
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

    /// <summary>Has programs noticed that are started from other file systems.</summary>
    public void WatchPrograms(IEnumerable<Mount> mounts)
    {
        _programs.Clear();

        // One that shows the whole file system is the better one to open handles through.
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
    /// <param name="error">Then why: the system's error; 0 when its file system is not there any more.</param>
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

    /// <summary>The path of a directory by its handle; null when it is gone or cannot be seen.</summary>
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
            // The name is right whatever part the mount shows; unless it was deleted, and somebody still has it open.
            name = PathText.NameOf(path).ToString();
            length = LinuxHandles.Get(LinuxHandles.FileSystemOf(handle), above, name, parent);
            length = length > 0 && parent[..length].SequenceEqual(handle) ? LinuxHandles.Get(LinuxHandles.FileSystemOf(handle), above, parent) : -1;
        }

        LinuxFiles.Close(above);
        LinuxFiles.Close(directory);
        return length > 0;
    }

    /// <summary>Lets go of what is open: nothing keeps a file system from being unmounted.</summary>
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

        // Through a mount that does not show it, a directory has a path that means something else.
        return found is not null && LinuxHandles.IsAt(found, handle) ? found : null;
    }

    /// <summary>Ours until <see cref="Release"/>.</summary>
    private int StandOn(ulong id, string path)
    {
        if (_open >= 0 && _openId == id && _openPath == path)
        {
            return _open;
        }

        Release();
        _open = Open(path);

        // Another file system may be seen there by now, on which the handle means another directory.
        if (_open >= 0 && (!LinuxHandles.TryGetFileSystem(_open, out var found) || found != id))
        {
            Release();
        }

        (_openId, _openPath) = (id, path);
        return _open;
    }

    // A root, or what is mounted somewhere.
    private static int Open(string path) => LinuxBeneath.OpenToList(path, "");
}
