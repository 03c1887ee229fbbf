using System.Runtime.CompilerServices;
using FileMonitor.Values;

namespace FileMonitor.Sources.Native;

/// <summary>
/// Opens items below a root: the path is resolved beneath the root, and no link is followed on any part of it. Metadata, target, content and
/// identity are then read through the descriptor, so all are of the same item.
/// </summary>
/// <remarks>
/// One call of openat2 for the whole path; without it, one call of openat for each name. The root's own path is physical, and the path below has
/// neither dots nor empty names (<see cref="LinuxPath"/>), so a resolution without links cannot leave the root. RESOLVE_BENEATH would add
/// nothing, and would cost a second descriptor for every look; keeping the root open would keep its file system from being unmounted. A mount
/// below a root is part of the root.
/// </remarks>
[SkipLocalsInit]
internal static class LinuxBeneath
{
    private const int OwnerOnly = 0x180;

    /// <summary>Opens an item only to look at it. This has no effect on a pipe, a device, or the holder of a lease.</summary>
    /// <returns>Here and below: the descriptor; negative for failure, with the reason in <see cref="LinuxErrors.LastError"/>.</returns>
    public static int Look(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, bool walks = false) =>
        Open(root, relativePath, LinuxFlags.O_PATH, walks);

    /// <summary>Opens a directory to list it; opens nothing else.</summary>
    public static int OpenToList(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, bool walks = false) =>
        Open(root, relativePath, LinuxOpening.ToList, walks);

    /// <summary>Opens a directory to list it, by an encoded path of a root and names from the kernel, which ends with a zero byte.</summary>
    public static int OpenToList(ReadOnlySpan<byte> path) => LinuxOpening.Open(LinuxFlags.AT_FDCWD, path, LinuxOpening.ToList);

    /// <summary>
    /// Opens a file to read, by its name. Used only where the descriptor of <see cref="Look"/> cannot be opened again. A pipe or device that
    /// took its place is opened without waiting.
    /// </summary>
    public static int OpenToRead(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, bool walks = false) =>
        Open(root, relativePath, LinuxOpening.ToRead, walks);

    /// <summary>Opens a directory only as the base for other paths.</summary>
    public static int OpenToStandOn(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, bool walks = false) =>
        Open(root, relativePath, LinuxFlags.O_PATH | LinuxFlags.O_DIRECTORY, walks);

    /// <summary>Opens a directory as the base for other paths, by an encoded path that ends with a zero byte.</summary>
    public static int OpenToStandOn(ReadOnlySpan<byte> path) =>
        LinuxOpening.Open(LinuxFlags.AT_FDCWD, path, LinuxFlags.O_PATH | LinuxFlags.O_DIRECTORY);

    /// <summary>Creates an empty file in a root.</summary>
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
