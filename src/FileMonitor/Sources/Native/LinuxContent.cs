using System.Runtime.InteropServices;
using static FileMonitor.Sources.Native.LinuxErrors;

namespace FileMonitor.Sources.Native;

/// <summary>The system calls by which content is read. Answers as <see cref="LinuxFiles"/> does.</summary>
internal static unsafe partial class LinuxContent
{
    private const int SEEK_DATA = 3;

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

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(int descriptor, long offset, int origin);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(int descriptor, byte* status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int descriptor, byte* buffer, nuint count, long position);
}
