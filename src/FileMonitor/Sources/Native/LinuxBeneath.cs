using System.Runtime.CompilerServices;
using FileMonitor.Values;

namespace FileMonitor.Sources.Native;

/// <summary>
/// The one way to what stands at a path below a root: by a descriptor, resolved beneath the root, no link followed on any component. Every
/// question about it (metadata, target, content, identity) is then asked of the descriptor, and so about the same item.
/// </summary>
/// <remarks>
/// One call of openat2 for the whole path; where there is none, one of openat for each name. The root's own path is physical, and the path
/// below it has neither dots nor empty names (<see cref="LinuxPath"/>): a resolution that refuses every link cannot leave the root then.
/// RESOLVE_BENEATH from an open root would refuse nothing more, and cost a second descriptor for every look; a root that is kept open would
/// keep its file system from being unmounted. What is mounted below a root is a part of it.
/// </remarks>
[SkipLocalsInit]
internal static class LinuxBeneath
{
    private const int OwnerOnly = 0x180;

    /// <summary>Opens whatever stands there only to look at it: nothing notices, neither a pipe nor a device, nor who holds a lease.</summary>
    /// <returns>Here and below a descriptor; negative for failure, with the reason in <see cref="LinuxErrors.LastError"/>.</returns>
    public static int Look(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, bool walks = false) =>
        Open(root, relativePath, LinuxFlags.O_PATH, walks);

    /// <summary>Opens a directory to list it; nothing else is opened.</summary>
    public static int OpenToList(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, bool walks = false) =>
        Open(root, relativePath, LinuxOpening.ToList, walks);

    /// <summary>The same for a path that is encoded already, of a root and names that the kernel gave; it ends with a zero byte.</summary>
    public static int OpenToList(ReadOnlySpan<byte> path) => LinuxOpening.Open(LinuxFlags.AT_FDCWD, path, LinuxOpening.ToList);

    /// <summary>
    /// Opens a file to read, by its name: only where it cannot be opened by the descriptor that <see cref="Look"/> gave. A pipe or device that took
    /// its place meanwhile is opened, without waiting for anybody.
    /// </summary>
    public static int OpenToRead(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, bool walks = false) =>
        Open(root, relativePath, LinuxOpening.ToRead, walks);

    /// <summary>Opens a directory only to reach what is in it.</summary>
    public static int OpenToStandOn(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, bool walks = false) =>
        Open(root, relativePath, LinuxFlags.O_PATH | LinuxFlags.O_DIRECTORY, walks);

    /// <summary>The same for a path that is encoded already.</summary>
    public static int OpenToStandOn(ReadOnlySpan<byte> path) =>
        LinuxOpening.Open(LinuxFlags.AT_FDCWD, path, LinuxFlags.O_PATH | LinuxFlags.O_DIRECTORY);

    /// <summary>Makes an empty file in a root.</summary>
    /// <returns>0, or the system's error.</returns>
    public static int Make(string root, string name) => InRoot(root, name, static (directory, file) =>
    {
        var made = LinuxWriting.OpenNew(directory, file, OwnerOnly);
        var error = made < 0 ? LinuxErrors.LastError : 0;
        LinuxFiles.Close(made);
        return error;
    });

    /// <summary>Removes a file from a root.</summary>
    /// <returns>0, or the system's error.</returns>
    public static int Remove(string root, string name) =>
        InRoot(root, name, static (directory, file) => LinuxWriting.TryUnlink(directory, file) ? 0 : LinuxErrors.LastError);

    private static int InRoot(string root, string name, Func<int, byte[], int> act)
    {
        var directory = OpenToStandOn(root, "");
        if (directory < 0)
        {
            return LinuxErrors.LastError;
        }

        var bytes = new byte[(name.Length * 3) + 1];
        PathText.Encode(name, bytes);
        var error = act(directory, bytes);
        LinuxFiles.Close(directory);
        return error;
    }

    private static int Open(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, int flags, bool walks)
    {
        using var path = new LinuxPath(root, relativePath, stackalloc byte[LinuxPath.StackBytes], walks);
        return path.Open(flags);
    }
}
