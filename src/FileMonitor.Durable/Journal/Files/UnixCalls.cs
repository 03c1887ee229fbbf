using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Files;

/// <summary>Calls of 64-bit Linux that .NET does not offer: opening without following a link, locking, and forcing a directory to the device.</summary>
internal static unsafe partial class UnixCalls
{
    public const int O_RDONLY = 0;
    public const int O_RDWR = 0x2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_APPEND = 0x400;

    private const int O_NOCTTY = 0x100;
    private const int O_NONBLOCK = 0x800;
    private const int O_CLOEXEC = 0x80000;
    private const int LOCK_EX = 2;
    private const int LOCK_NB = 4;
    private const int LOCK_UN = 8;
    private const int AT_EMPTY_PATH = 0x1000;
    private const uint STATX_BASIC_STATS = 0x7ff;
    private const int LinksOffset = 16;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int EINTR = 4;
    private const int ENOENT = 2;
    private const int EACCES = 13;
    private const int EEXIST = 17;

    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    private static bool HasArmFlags => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Ppc64le;

    private static int O_DIRECTORY => HasArmFlags ? 0x4000 : 0x10000;

    private static int O_NOFOLLOW => HasArmFlags ? 0x8000 : 0x20000;

    /// <summary>A regular file with one name, and never what a link leads to.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It cannot be opened, or is something else.</exception>
    public static SafeFileHandle Open(string path, int flags, UnixFileMode mode)
    {
        var file = new SafeFileHandle(OpenOrThrow(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, (uint)mode), ownsHandle: true);
        Span<byte> status = stackalloc byte[256];
        int answer;
        fixed (byte* first = status)
        {
            byte none = 0;
            answer = statx((int)file.DangerousGetHandle(), &none, AT_EMPTY_PATH, STATX_BASIC_STATS, first);
        }

        if (answer == 0
            && (MemoryMarshal.Read<ushort>(status[ModeOffset..]) & TypeMask) == RegularFile
            && MemoryMarshal.Read<uint>(status[LinksOffset..]) == 1)
        {
            return file;
        }

        file.Dispose();
        throw new IOException($"{path} is not a regular file with one name; move it out of the journal's directory.");
    }

    /// <summary>Until the handle is closed. False when another process, or another handle of this one, has it.</summary>
    public static bool TryLock(SafeFileHandle file) => flock((int)file.DangerousGetHandle(), LOCK_EX | LOCK_NB) == 0;

    /// <summary>Closing alone would not do while a child process that was just started still has the descriptor: until it runs its program.</summary>
    public static void Unlock(SafeFileHandle file) => _ = flock((int)file.DangerousGetHandle(), LOCK_UN);

    /// <summary>Makes the names in a directory outlast a loss of power.</summary>
    public static void FlushDirectory(string path)
    {
        using var directory = new SafeFileHandle(OpenOrThrow(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), ownsHandle: true);
        if (fsync((int)directory.DangerousGetHandle()) != 0)
        {
            throw Failed(path, Marshal.GetLastPInvokeError());
        }
    }

    private static int OpenOrThrow(string path, int flags, uint mode)
    {
        var name = new byte[Encoding.UTF8.GetMaxByteCount(path.Length) + 1];
        Encoding.UTF8.GetBytes(path, name);
        fixed (byte* first = name)
        {
            while (true)
            {
                var descriptor = open(first, flags, mode);
                if (descriptor >= 0)
                {
                    return descriptor;
                }

                var error = Marshal.GetLastPInvokeError();
                if (error != EINTR)
                {
                    throw Failed(path, error);
                }
            }
        }
    }

    private static Exception Failed(string path, int error) => error switch
    {
        ENOENT => new FileNotFoundException($"{path} does not exist.", path),
        EACCES => new UnauthorizedAccessException($"{path} may not be opened by this user."),
        EEXIST => new IOException($"{path} exists already.", error),
        _ => new IOException($"{path}: {new Win32Exception(error).Message}", error),
    };

    // Variadic in C; on 64-bit Linux the third argument is where a plain call puts it.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int open(byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(int descriptor, int operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, byte* status);
}
