using System.Runtime.InteropServices;
using FileMonitor.Values;

namespace FileMonitor.Sources.Native;

/// <summary>
/// The system calls of Linux that .NET does not offer: metadata without following a link, content, names as bytes. How paths
/// are opened is in <see cref="LinuxOpening"/>. Answers as the system does: negative or null for failure, with the reason in <see cref="LastError"/>.
/// </summary>
internal static unsafe partial class LinuxFiles
{
    public const int AT_FDCWD = -100;

    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int ENXIO = 6;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int ENODEV = 19;
    public const int ENOTDIR = 20;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ETXTBSY = 26;
    public const int ENAMETOOLONG = 36;
    public const int ELOOP = 40;
    public const int ESTALE = 116;

    public const int AT_EMPTY_PATH = 0x1000;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;

    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const int AT_NO_AUTOMOUNT = 0x800;
    private const int AT_STATX_FORCE_SYNC = 0x2000;
    private const uint STATX_BASIC_STATS = 0x7ff;

    private const int SEEK_DATA = 3;

    // A number that is not the same everywhere.
    private static readonly int SYS_getdents64 = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 217,
        Architecture.Ppc64le => 202,
        Architecture.S390x => 220,
        _ => 61,
    };

    /// <summary>False on other systems, on 32 bits, and where the C library or a sandbox has no statx.</summary>
    public static bool IsSupported { get; } = Supports(static () => TryGetStatus(AT_FDCWD, "/\0"u8, out _));

    /// <summary>Flags of open that are not the same everywhere.</summary>
    public static bool HasArmFlags { get; } = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Ppc64le;

    public static int O_DIRECTORY => HasArmFlags ? 0x4000 : 0x10000;

    public static int O_NOFOLLOW => HasArmFlags ? 0x8000 : 0x20000;

    public static int LastError
    {
        get => Marshal.GetLastPInvokeError();
        set => Marshal.SetLastPInvokeError(value);
    }

    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

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

    /// <summary>
    /// Returns when the write calls that were under way have ended. A write stamps the time when it begins and may then go on for seconds;
    /// who reads meanwhile would see half of it, and the same time before and after.
    /// </summary>
    /// <remarks>
    /// To look for data, ext4, btrfs, f2fs and tmpfs take the lock that a write holds; XFS takes it for every read. It does not help
    /// against writes around the page cache, through a mapping, or on another machine.
    /// </remarks>
    public static void WaitForWriters(int descriptor) => _ = lseek(descriptor, 0, SEEK_DATA);

    /// <summary>Where the next data are, at a position or after it; behind every end where there are none. The position itself when the system does not say.</summary>
    /// <remarks>Only <c>pread</c> is used to read, so that it does not matter where this leaves the descriptor.</remarks>
    public static long FindData(int descriptor, long position)
    {
        var data = lseek(descriptor, position, SEEK_DATA);
        return data >= position ? data : LastError == ENXIO ? long.MaxValue : position;
    }

    /// <summary>What is known of the file system that an open file is on.</summary>
    public static LinuxFileSystem SystemOf(int descriptor)
    {
        // It fills 120 bytes on 64 bits.
        var buffer = stackalloc byte[256];
        if (fstatfs(descriptor, buffer) != 0)
        {
            return LinuxFileSystem.Other;
        }

        // The type comes first everywhere; s390x alone has 32 bits for it.
        return (RuntimeInformation.ProcessArchitecture == Architecture.S390x ? *(uint*)buffer : *(ulong*)buffer) switch
        {
            // ext2 to ext4, XFS, Btrfs, F2FS, tmpfs: they tell data that is not written back yet from a hole. ZFS did not always, and what
            // answers for overlayfs, FUSE and network file systems is another.
            0xEF53 or 0x58465342 or 0x9123683E or 0xF2F52010 or 0x01021994 => LinuxFileSystem.KnowsHoles,

            // proc, sysfs, cgroup 1 and 2, debugfs, tracefs, securityfs, configfs, selinuxfs, pstore, efivarfs.
            0x9FA0 or 0x62656572 or 0x27E0EB or 0x63677270 or 0x64626720 or 0x74726163 or 0x73636673 or 0x62656570 or 0xF97CFF8C or 0x6165676C
                or 0xDE5E81E4 => LinuxFileSystem.Pseudo,
            _ => LinuxFileSystem.Other,
        };
    }

    public static int Read(int descriptor, Span<byte> buffer, long position)
    {
        fixed (byte* first = buffer)
        {
            nint count;
            do
            {
                count = pread(descriptor, first, (nuint)buffer.Length, position);
            }
            while (count < 0 && LastError == EINTR);

            return (int)count;
        }
    }

    /// <summary>Fills the buffer with entries as the kernel writes them (<see cref="LinuxDirectoryEntries"/>); 0 at the end.</summary>
    public static int ReadEntries(int directory, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            return (int)syscall(SYS_getdents64, directory, (nint)first, buffer.Length, 0);
        }
    }

    /// <summary>Where a link points; the path is empty for a link that is open itself.</summary>
    public static int ReadLink(int directory, ReadOnlySpan<byte> path, Span<byte> target)
    {
        fixed (byte* first = path)
        fixed (byte* result = target)
        {
            return (int)readlinkat(directory, first, result, (nuint)target.Length);
        }
    }

    /// <summary>The path with every link, dot and double dot resolved; null when it cannot be.</summary>
    public static string? Resolve(ReadOnlySpan<byte> path)
    {
        fixed (byte* first = path)
        {
            var resolved = realpath(first, null);
            if (resolved is null)
            {
                return null;
            }

            var text = PathText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(resolved));
            NativeMemory.Free(resolved);
            return text;
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

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int descriptor, long offset, int origin);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(int descriptor, byte* status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int descriptor, byte* buffer, nuint count, long position);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlinkat(int directory, byte* path, byte* target, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* realpath(byte* path, byte* resolved);

    // Variadic in C, but it hands on its registers as they are, and on 64 bits those are where a plain call puts them.
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);
}

/// <summary>What a file system can be relied on for.</summary>
internal enum LinuxFileSystem
{
    Other,

    /// <summary>It says where nothing is stored, and is right also about what was written a moment ago.</summary>
    KnowsHoles,

    /// <summary>The kernel makes the content while it is read, and states no size, or one that is none.</summary>
    Pseudo,
}
