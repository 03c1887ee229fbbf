using System.Runtime.InteropServices;
using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFlags;

namespace FileMonitor.Sources.Native;

/// <summary>
/// The system calls that create, rename and delete files in an open directory; never through a link. Return values as in
/// <see cref="LinuxFiles"/>.
/// </summary>
internal static unsafe partial class LinuxWriting
{
    private const int O_RDWR = 0x2;
    private const int O_CREAT = 0x40;
    private const int O_EXCL = 0x80;
    private const int O_APPEND = 0x400;

    // The kernel appends: if the file is truncated meanwhile, our data follow what is left.
    private static int ToWrite => O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

    /// <summary>The effective user of this process.</summary>
    public static uint UserId => geteuid();

    /// <summary>Creates a new file and opens it to read and append; fails when the name exists.</summary>
    public static int OpenNew(int directory, ReadOnlySpan<byte> name, int mode) => Open(directory, name, ToWrite | O_CREAT | O_EXCL, mode);

    /// <summary>Opens an existing item to read and append. The caller checks what it has opened.</summary>
    public static int OpenToWrite(int directory, ReadOnlySpan<byte> name) => Open(directory, name, ToWrite, 0);

    /// <summary>Opens one name, and for a link the link itself, only to examine it or as the base for other names.</summary>
    public static int OpenOneName(int directory, ReadOnlySpan<byte> name, bool mustBeDirectory) =>
        Open(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC | (mustBeDirectory ? O_DIRECTORY : 0), 0);

    /// <summary>Opens a directory so that its permissions can be changed.</summary>
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

    /// <summary>Forces the content of a file to the device, with its size.</summary>
    public static bool TryFlush(int descriptor)
    {
        int answer;
        do
        {
            answer = fdatasync(descriptor);
        }
        while (answer < 0 && LastError == EINTR);

        return answer == 0;
    }

    /// <summary>Forces the names in a directory to the device.</summary>
    public static bool TryFlushNames(int descriptor)
    {
        int answer;
        do
        {
            answer = fsync(descriptor);
        }
        while (answer < 0 && LastError == EINTR);

        return answer == 0;
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

    // Variadic in C; on 64-bit Linux a plain call passes the fourth argument in the same place.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int renameat(int fromDirectory, byte* from, int toDirectory, byte* to);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
