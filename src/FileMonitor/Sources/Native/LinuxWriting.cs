using System.Runtime.InteropServices;
using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFlags;

namespace FileMonitor.Sources.Native;

/// <summary>The system calls by which files are made, renamed and deleted in an open directory; never through a link. Answers as <see cref="LinuxFiles"/> does.</summary>
internal static unsafe partial class LinuxWriting
{
    private const int O_RDWR = 0x2;
    private const int O_CREAT = 0x40;
    private const int O_EXCL = 0x80;
    private const int O_APPEND = 0x400;

    // Appended by the kernel: should somebody shorten the file meanwhile, what we write follows what is left of it.
    private static int ToWrite => O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

    /// <summary>The user in whose name this process acts.</summary>
    public static uint UserId => geteuid();

    /// <summary>Makes a file that was not there and opens it to read and append.</summary>
    public static int OpenNew(int directory, ReadOnlySpan<byte> name, int mode) => Open(directory, name, ToWrite | O_CREAT | O_EXCL, mode);

    /// <summary>Opens what is there to read and append. What was opened has still to be looked at.</summary>
    public static int OpenToWrite(int directory, ReadOnlySpan<byte> name) => Open(directory, name, ToWrite, 0);

    /// <summary>Opens one name, and if it is a link the link itself, only to look at it or to find names in it.</summary>
    public static int OpenOneName(int directory, ReadOnlySpan<byte> name, bool mustBeDirectory) =>
        Open(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (mustBeDirectory ? O_DIRECTORY : 0), 0);

    /// <summary>Opens a directory such that its permissions can be changed.</summary>
    public static int OpenOwnDirectory(int directory, ReadOnlySpan<byte> name) => Open(directory, name, O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);

    public static bool TryMakeDirectory(int directory, ReadOnlySpan<byte> name, int mode)
    {
        fixed (byte* first = name)
        {
            return mkdirat(directory, first, (uint)mode) == 0;
        }
    }

    public static bool TryRename(int directory, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        fixed (byte* first = from)
        fixed (byte* second = to)
        {
            return renameat(directory, first, directory, second) == 0;
        }
    }

    public static bool TryUnlink(int directory, ReadOnlySpan<byte> name)
    {
        fixed (byte* first = name)
        {
            return unlinkat(directory, first, 0) == 0;
        }
    }

    private static int Open(int directory, ReadOnlySpan<byte> name, int flags, int mode)
    {
        fixed (byte* first = name)
        {
            int descriptor;
            do
            {
                descriptor = openat(directory, first, flags, (uint)mode);
            }
            while (descriptor < 0 && LastError == EINTR);

            return descriptor;
        }
    }

    // Variadic in C; on 64-bit Linux the fourth argument is where a plain call puts it.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int renameat(int fromDirectory, byte* from, int toDirectory, byte* to);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
