using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FileMonitor.Values;

namespace FileMonitor.Sources.Native;

/// <summary>
/// File handles: the kernel's name for a file, valid as long as the file exists, whatever its path. Written as fanotify writes them: the id of
/// the file system (8 bytes), the size of the handle (4), its type (4), and the handle itself.
/// </summary>
internal static unsafe partial class LinuxHandles
{
    public const int FileSystemIdBytes = 8;

    /// <summary>The largest size of a handle.</summary>
    public const int MaxBytes = FileSystemIdBytes + HeaderBytes + MaxHandleBytes;

    private const int HeaderBytes = 8;
    private const int MaxHandleBytes = 128;

    /// <summary>The id of the file system of a handle.</summary>
    public static ulong FileSystemOf(ReadOnlySpan<byte> handle) => MemoryMarshal.Read<ulong>(handle);

    /// <summary>The id of the file system of an open file, as fanotify writes it.</summary>
    public static bool TryGetFileSystem(int descriptor, out ulong id)
    {
        // struct statfs has seven words before the id; on s390x the first two are half as long.
        var buffer = stackalloc byte[256];
        var isFound = fstatfs(descriptor, buffer) == 0;
        id = isFound ? Unsafe.ReadUnaligned<ulong>(buffer + (RuntimeInformation.ProcessArchitecture == Architecture.S390x ? 48 : 56)) : 0;
        return isFound;
    }

    /// <summary>The handle of an item by its name in an open directory; a link is not followed. The name ends with a zero byte.</summary>
    /// <returns>The length of the handle; -1 for failure.</returns>
    public static int Get(ulong fileSystem, int directory, ReadOnlySpan<byte> name, Span<byte> handle) => Get(fileSystem, directory, name, handle, 0);

    /// <summary>The handle of an item by its name as text.</summary>
    public static int Get(ulong fileSystem, int directory, string name, Span<byte> handle)
    {
        using var native = new LinuxPath(name, stackalloc byte[LinuxPath.StackBytes]);
        return native.Error == 0 && !name.Contains('/', StringComparison.Ordinal) ? Get(fileSystem, directory, native.Bytes, handle) : -1;
    }

    /// <summary>The handle of an open file.</summary>
    public static int Get(ulong fileSystem, int descriptor, Span<byte> handle) => Get(fileSystem, descriptor, "\0"u8, handle, LinuxFlags.AT_EMPTY_PATH);

    /// <summary>Opens a directory by its handle, to list it.</summary>
    /// <param name="mount">A descriptor on the same file system: the directory is opened through its mount.</param>
    /// <param name="handle">The handle.</param>
    public static int OpenToList(int mount, ReadOnlySpan<byte> handle) => Open(mount, handle, LinuxFlags.O_DIRECTORY);

    /// <summary>Opens a directory by its handle, only to read its path.</summary>
    public static int OpenToStandOn(int mount, ReadOnlySpan<byte> handle) => Open(mount, handle, LinuxFlags.O_PATH | LinuxFlags.O_DIRECTORY);

    /// <summary>
    /// The path of an open directory through the mount by which it was opened; meaningless when that mount does not show it. Null for failure.
    /// </summary>
    public static string? PathOf(int descriptor)
    {
        Span<byte> link = stackalloc byte[32];
        LinuxOpening.WriteDescriptorPath(descriptor, link);
        Span<byte> target = stackalloc byte[4096];
        var length = LinuxNames.ReadLink(LinuxFlags.AT_FDCWD, link, target);

        // A path that fills the buffer may be cut; a path without a leading slash is not below our root.
        return length > 0 && length < target.Length && target[0] == (byte)'/' ? PathText.Decode(target[..length]) : null;
    }

    /// <summary>Whether a path leads, without a link, to the directory of a handle.</summary>
    public static bool IsAt(string path, ReadOnlySpan<byte> handle)
    {
        Span<byte> found = stackalloc byte[MaxBytes];
        var descriptor = LinuxBeneath.OpenToStandOn(path, "");
        var length = descriptor < 0 ? -1 : Get(FileSystemOf(handle), descriptor, found);
        LinuxFiles.Close(descriptor);
        return length > 0 && found[..length].SequenceEqual(handle);
    }

    private static int Get(ulong fileSystem, int directory, ReadOnlySpan<byte> name, Span<byte> handle, int flags)
    {
        MemoryMarshal.Write(handle, fileSystem);
        var size = Math.Min(MaxHandleBytes, handle.Length - FileSystemIdBytes - HeaderBytes);
        MemoryMarshal.Write(handle[FileSystemIdBytes..], size);
        fixed (byte* first = name)
        fixed (byte* result = handle)
        {
            return name_to_handle_at(directory, first, result + FileSystemIdBytes, out _, flags) == 0
                ? FileSystemIdBytes + HeaderBytes + MemoryMarshal.Read<int>(handle[FileSystemIdBytes..])
                : -1;
        }
    }

    private static int Open(int mount, ReadOnlySpan<byte> handle, int flags)
    {
        const int Attempts = 3;
        fixed (byte* first = handle)
        {
            var descriptor = -1;
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                descriptor = open_by_handle_at(mount, first + FileSystemIdBytes, flags | LinuxFlags.O_CLOEXEC);

                // ENOMEM sometimes comes while the file is being deleted; it does not mean a lack of memory.
                if (descriptor >= 0 || LinuxErrors.LastError != LinuxErrors.ENOMEM)
                {
                    break;
                }
            }

            return descriptor;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int name_to_handle_at(int directory, byte* name, byte* handle, out int mount, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open_by_handle_at(int mount, byte* handle, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(int descriptor, byte* status);
}
