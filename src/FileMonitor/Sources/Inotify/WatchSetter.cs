using FileMonitor.Sources.Native;
using FileMonitor.Values;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Sets watches on or in an open directory, and checks by the number of the watch that it is the expected directory. Owner: the source's thread.
/// </summary>
internal sealed class WatchSetter(SafeFileHandle inotify, uint mask, PathOpener paths, WatchMap watches)
{
    /// <summary>Returned when the path of a directory leads to another directory.</summary>
    public const int Elsewhere = int.MinValue;

    // Some file systems allow 255 characters of up to three bytes.
    private const int NameBytes = 1024;

    /// <summary>Whether an error means that a directory has left its place.</summary>
    public static bool HasLeft(int error) =>
        error is LinuxErrors.ENOENT or LinuxErrors.ENOTDIR or LinuxErrors.ELOOP or LinuxErrors.ESTALE or LinuxErrors.ENODEV;

    /// <summary>Watches the directory that is on disk where the tree has this one.</summary>
    /// <returns>The watch, the system's error as a negative number, or <see cref="Elsewhere"/>.</returns>
    public int Set(WatchedDirectory directory)
    {
        if (directory.Parent is { } parent)
        {
            return SetIn(parent, directory.Name);
        }

        var descriptor = paths.Open(directory, isListed: false);
        var watch = descriptor < 0 ? descriptor : Set(descriptor, name: null, LinuxInotify.IN_DELETE_SELF);
        LinuxFiles.Close(descriptor);
        return watch;
    }

    /// <summary>Watches the directory under a name in a directory.</summary>
    /// <returns>The watch, the system's error as a negative number, or <see cref="Elsewhere"/>.</returns>
    public int SetIn(WatchedDirectory parent, string name)
    {
        var descriptor = OpenInPlace(parent, isListed: false);
        var watch = descriptor < 0 ? descriptor : SetIn(descriptor, name);
        LinuxFiles.Close(descriptor);
        return watch;
    }

    /// <summary>Watches the directory under a name in an open directory.</summary>
    public int SetIn(int descriptor, string name) => Set(descriptor, name, LinuxInotify.IN_DONT_FOLLOW);

    /// <summary>Opens a directory and checks that it is the expected one.</summary>
    /// <returns>The descriptor, the system's error as a negative number, or <see cref="Elsewhere"/>.</returns>
    public int OpenInPlace(WatchedDirectory directory, bool isListed)
    {
        var descriptor = paths.Open(directory, isListed);
        if (descriptor < 0)
        {
            return HasLeft(-descriptor) ? Elsewhere : descriptor;
        }

        var watch = Set(descriptor, name: null, directory.Parent is null ? LinuxInotify.IN_DELETE_SELF : 0);
        if (watch == directory.Watch)
        {
            return descriptor;
        }

        if (directory.Watch == WatchedDirectory.NoWatch && (watch < 0 || !watches.Has(watch)))
        {
            if (watch >= 0)
            {
                watches.Set(directory, watch);
            }

            // Without a watch, the directory is compared with the disk in any case.
            return descriptor;
        }

        LinuxFiles.Close(descriptor);
        watches.GiveBackUnknown(watch);
        return watch < 0 && !HasLeft(-watch) ? watch : Elsewhere;
    }

    /// <summary>Whether the path of a root still leads to the watched directory. The kernel does not report the rename of a root.</summary>
    public bool IsInPlace(WatchedRoot root)
    {
        if (root.Top is not { } top)
        {
            return false;
        }

        var watch = Set(top);
        watches.GiveBackUnknown(watch);
        return watch == top.Watch;
    }

    /// <summary>Watches an open directory, or a name in it. By descriptor, because the path may lead elsewhere by now.</summary>
    private int Set(int descriptor, string? name, uint flags)
    {
        Span<byte> path = stackalloc byte[32 + NameBytes];
        var length = LinuxOpening.WriteDescriptorPath(descriptor, path);
        if (name is not null)
        {
            if (name.Length * 3 >= NameBytes)
            {
                return -LinuxErrors.ENOENT;
            }

            path[length++] = (byte)'/';
            length += PathText.Encode(name, path[length..]);
        }

        path[length] = 0;
        var watch = LinuxInotify.AddWatch(inotify, path, mask | LinuxInotify.IN_ONLYDIR | flags);
        return watch < 0 ? -LinuxErrors.LastError : watch;
    }
}
