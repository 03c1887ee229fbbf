using System.Runtime.InteropServices;
using static FileMonitor.Sources.Native.LinuxFlags;

namespace FileMonitor.Sources.Native;

/// <summary>
/// Metadata, without following a link, which .NET does not offer; and the end of what was opened. The other system calls: how paths are opened is in
/// <see cref="LinuxOpening"/>, content in <see cref="LinuxContent"/>, names as bytes in <see cref="LinuxNames"/>, making and deleting in
/// <see cref="LinuxWriting"/>. All answer as the system does: negative, false or null for failure, with the reason in <see cref="LinuxErrors.LastError"/>.
/// </summary>
internal static unsafe partial class LinuxFiles
{
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const int AT_NO_AUTOMOUNT = 0x800;
    private const int AT_STATX_FORCE_SYNC = 0x2000;
    private const uint STATX_BASIC_STATS = 0x7ff;

    /// <summary>False on other systems, on 32 bits, and where the C library or a sandbox has no statx.</summary>
    public static bool IsSupported { get; } = Supports(static () => TryGetStatus(AT_FDCWD, "/\0"u8, out _));

    /// <summary>Of a path from an open directory, or from <see cref="AT_FDCWD"/>. Here and below a path ends with a zero byte.</summary>
    public static bool TryGetStatus(int directory, ReadOnlySpan<byte> path, out LinuxStatus status)
    {
        fixed (byte* first = path)
        {
            return statx(directory, first, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | LinuxStatus.STATX_BTIME, out status) == 0;
        }
    }

    /// <summary>Links followed, also at the end; a server is asked instead of what is remembered of its answers.</summary>
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
        // Not repeated after EINTR: on Linux the descriptor is free by then, and may already be another file's.
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
