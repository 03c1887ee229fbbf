using System.Runtime.InteropServices;
using static FileMonitor.Sources.Native.LinuxErrors;

namespace FileMonitor.Sources.Native;

/// <summary>The system calls for reading content. Return values as in <see cref="LinuxFiles"/>.</summary>
internal static unsafe partial class LinuxContent
{
    private const int SEEK_DATA = 3;

    /// <summary>
    /// Waits until write calls under way have ended. A write sets the time when it begins and may then take seconds; a reader meanwhile would
    /// see half of it, and the same time before and after.
    /// </summary>
    /// <remarks>
    /// To seek data, ext4, btrfs, f2fs and tmpfs take the lock that a write holds; XFS takes it for every read. This does not help against
    /// writes around the page cache, through a mapping, or on another machine.
    /// </remarks>
    public static void WaitForWriters(int descriptor) => _ = lseek(descriptor, 0, SEEK_DATA);

    /// <summary>
    /// The position of the next data at or after a position; long.MaxValue when there are none; the position itself when the system does not
    /// say.
    /// </summary>
    /// <remarks>This moves the descriptor's position, which does not matter because all reads use <c>pread</c>.</remarks>
    public static long FindData(int descriptor, long position)
    {
        var data = lseek(descriptor, position, SEEK_DATA);
        return data >= position ? data : LastError == ENXIO ? long.MaxValue : position;
    }

    /// <summary>The kind of file system of an open file.</summary>
    public static LinuxFileSystem SystemOf(int descriptor)
    {
        // The structure has 120 bytes on 64 bits.
        var buffer = stackalloc byte[256];
        if (fstatfs(descriptor, buffer) != 0)
        {
            return LinuxFileSystem.Other;
        }

        // The type is the first field; only s390x has 32 bits for it.
        return (RuntimeInformation.ProcessArchitecture == Architecture.S390x ? *(uint*)buffer : *(ulong*)buffer) switch
        {
            // ext2 to ext4, XFS, Btrfs, F2FS, tmpfs: these distinguish unwritten data from a hole. ZFS did not always, and overlayfs, FUSE and
            // network file systems depend on the file system behind them.
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

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int descriptor, long offset, int origin);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(int descriptor, byte* status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int descriptor, byte* buffer, nuint count, long position);
}
