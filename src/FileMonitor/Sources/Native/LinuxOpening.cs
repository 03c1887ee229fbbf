using System.Globalization;
using System.Runtime.InteropServices;

using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFiles;
using static FileMonitor.Sources.Native.LinuxFlags;

namespace FileMonitor.Sources.Native;

/// <summary>
/// Opens paths: never through a link. An item that was looked at is opened by its descriptor and not by its name again. Return values as in
/// <see cref="LinuxFiles"/>.
/// </summary>
internal static unsafe partial class LinuxOpening
{
    private const ulong RESOLVE_NO_MAGICLINKS = 0x02;
    private const ulong RESOLVE_NO_SYMLINKS = 0x04;
    private const int SYS_openat2 = 437;

    // Some file systems allow 255 characters of up to three bytes.
    private const int LongestName = 1023;

    /// <summary>False before Linux 5.6 and in sandboxes that do not know openat2 (ENOSYS, EPERM): then a path is opened name by name.</summary>
    public static bool ResolvesAtOnce { get; } = IsSupported && TryResolveAtOnce();

    /// <summary>False where /proc is not mounted: then a descriptor cannot be opened again.</summary>
    public static bool CanReopen { get; } = IsSupported && TryReopen();

    /// <summary>The flags to read a file. A pipe or device that took its place neither blocks nor becomes our terminal.</summary>
    public static int ToRead => O_NONBLOCK | O_NOCTTY;

    /// <summary>The flags to list a directory; the system opens nothing else.</summary>
    public static int ToList => O_NONBLOCK | O_DIRECTORY;

    /// <summary>
    /// Opens a path from an open directory, or from <see cref="AT_FDCWD"/>, following no link, neither at the end nor on the way.
    /// </summary>
    /// <param name="directory">The directory where the path begins.</param>
    /// <param name="path">Ends with a zero byte.</param>
    /// <param name="flags">The flags of open.</param>
    /// <param name="walks">Resolve name by name, as without openat2.</param>
    public static int Open(int directory, ReadOnlySpan<byte> path, int flags, bool walks = false)
    {
        flags |= O_NOFOLLOW | O_CLOEXEC;
        if (walks || !ResolvesAtOnce)
        {
            return OpenNameByName(directory, path, flags);
        }

        fixed (byte* first = path)
        {
            int descriptor;
            do
            {
                descriptor = OpenAtOnce(directory, first, flags);
            }
            while (descriptor < 0 && LastError == EINTR);

            return descriptor;
        }
    }

    /// <summary>Opens the item of a descriptor again: the same item, whatever has its name by now.</summary>
    public static int Reopen(int descriptor, int flags)
    {
        Span<byte> link = stackalloc byte[32];
        WriteDescriptorPath(descriptor, link);
        return OpenAt(AT_FDCWD, link, flags | O_CLOEXEC);
    }

    /// <summary>Writes the path of a descriptor of ours in /proc, with a zero byte at the end.</summary>
    /// <returns>Its length without the zero.</returns>
    public static int WriteDescriptorPath(int descriptor, Span<byte> path)
    {
        "/proc/self/fd/"u8.CopyTo(path);
        _ = descriptor.TryFormat(path[14..], out var digits, provider: CultureInfo.InvariantCulture);
        path[14 + digits] = 0;
        return 14 + digits;
    }

    private static bool TryResolveAtOnce()
    {
        fixed (byte* root = "/\0"u8)
        {
            var descriptor = OpenAtOnce(AT_FDCWD, root, O_PATH | O_DIRECTORY | O_CLOEXEC);
            Close(descriptor);
            return descriptor >= 0;
        }
    }

    private static bool TryReopen()
    {
        var root = Open(AT_FDCWD, "/\0"u8, O_PATH | O_DIRECTORY);
        var descriptor = Reopen(root, O_PATH | O_DIRECTORY);
        Close(root);
        Close(descriptor);
        return descriptor >= 0;
    }

    private static int OpenAtOnce(int directory, byte* path, int flags)
    {
        var how = new OpenHow { Flags = (uint)flags, Resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
        return (int)syscall(SYS_openat2, directory, (nint)path, (nint)(&how), sizeof(OpenHow));
    }

    /// <summary>Does what openat2 does in one call: opens each directory in the one above it and refuses links.</summary>
    private static int OpenNameByName(int directory, ReadOnlySpan<byte> path, int flags)
    {
        Span<byte> name = stackalloc byte[LongestName + 1];
        var rest = path[..^1];
        var current = directory;
        if (rest.StartsWith((byte)'/'))
        {
            current = OpenAt(AT_FDCWD, "/\0"u8, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }

        while (true)
        {
            rest = rest.Trim((byte)'/');
            var slash = rest.IndexOf((byte)'/');
            var length = slash < 0 ? rest.Length : slash;
            if (length > LongestName)
            {
                CloseUnless(current, directory);
                LastError = ENAMETOOLONG;
                return -1;
            }

            // The path "/" has no name left.
            (length == 0 ? "."u8 : rest[..length]).CopyTo(name);
            name[Math.Max(length, 1)] = 0;
            var next = OpenAt(current, name, slash < 0 ? flags : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            var error = LastError;
            CloseUnless(current, directory);
            LastError = error;
            if (slash < 0 || next < 0)
            {
                return next;
            }

            current = next;
            rest = rest[slash..];
        }
    }

    private static void CloseUnless(int descriptor, int given)
    {
        if (descriptor != given)
        {
            Close(descriptor);
        }
    }

    private static int OpenAt(int directory, ReadOnlySpan<byte> path, int flags)
    {
        fixed (byte* first = path)
        {
            int descriptor;
            do
            {
                descriptor = openat(directory, first, flags, 0);
            }
            while (descriptor < 0 && LastError == EINTR);

            return descriptor;
        }
    }

    // Variadic in C, but it passes its registers on unchanged, and on 64 bits a plain call puts the arguments there.
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint directory, nint path, nint how, nint size);

    // Variadic in C; on 64-bit Linux a plain call passes the fourth argument in the same place.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int directory, byte* path, int flags, uint mode);

    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
