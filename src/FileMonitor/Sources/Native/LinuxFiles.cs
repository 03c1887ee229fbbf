using System.Runtime.InteropServices;
using static FileMonitor.Sources.Native.LinuxFlags;

namespace FileMonitor.Sources.Native;

/// <summary>
/// Reads metadata without following links, which .NET does not offer, and closes descriptors. Other system calls: <see cref="LinuxOpening"/>
/// opens paths, <see cref="LinuxContent"/> reads content, <see cref="LinuxNames"/> names as bytes, <see cref="LinuxWriting"/> creates and
/// deletes. All return values are the system's: negative, false or null for failure, with the reason in <see cref="LinuxErrors.LastError"/>.
/// </summary>
internal static unsafe partial class LinuxFiles
{
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const int AT_NO_AUTOMOUNT = 0x800;
    private const int AT_STATX_FORCE_SYNC = 0x2000;
    private const uint STATX_BASIC_STATS = 0x7ff;

    /// <summary>False on other systems, on 32 bits, and where the C library or a sandbox has no statx.</summary>
    public static bool IsSupported { get; } = Supports(static () => TryGetStatus(AT_FDCWD, "/\0"u8, out _));

    /// <summary>The status of a path from an open directory, or from <see cref="AT_FDCWD"/>. Here and below a path ends with a zero byte.</summary>
    public static bool TryGetStatus(int directory, ReadOnlySpan<byte> path, out LinuxStatus status)
    {
        fixed (byte* first = path)
        {
            return statx(directory, first, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | LinuxStatus.STATX_BTIME, out status) == 0;
        }
    }

    /// <summary>The status of a path with links followed, also the last one; asks a file server instead of its cached answers.</summary>
    public static bool TryGetStatusBehindLinks(int directory, ReadOnlySpan<byte> path, out LinuxStatus status)
    {
        fixed (byte* first = path)
        {
            return statx(directory, first, AT_STATX_FORCE_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | LinuxStatus.STATX_BTIME, out status) == 0;
        }
    }

    public static bool TryGetStatus(int descriptor, out LinuxStatus status)
    {
        byte none = 0;
        return statx(descriptor, &none, AT_EMPTY_PATH, STATX_BASIC_STATS | LinuxStatus.STATX_BTIME, out status) == 0;
    }

    public static void Close(int descriptor)
    {
        // Not repeated after EINTR: on Linux the descriptor is free by then and may already belong to another file.
        if (descriptor >= 0)
        {
            _ = close(descriptor);
        }
    }

    private static bool Supports(Func<bool> probe)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return false;
        }

        try
        {
            return probe();
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, out LinuxStatus status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
