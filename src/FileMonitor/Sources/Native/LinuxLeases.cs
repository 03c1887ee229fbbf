using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Native;

/// <summary>Asks the kernel whether anybody has a file open for writing: it gives a read lease only when nobody has.</summary>
internal static partial class LinuxLeases
{
    private const int F_SETSIG = 10;
    private const int F_SETLEASE = 1024;
    private const nint F_RDLCK = 0;
    private const nint F_UNLCK = 2;

    // By default ignored. SIGIO, which a broken lease gives otherwise, ends a process that has no handler for it.
    private const nint SIGURG = 23;

    /// <summary>Of a file that is open for reading. The lease is given back at once: while it is held, a writer's open waits, or fails where it may not wait.</summary>
    public static FileWriters WritersOf(int descriptor)
    {
        if (fcntl(descriptor, F_SETSIG, SIGURG) != 0)
        {
            return FileWriters.Unknown;
        }

        if (fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0)
        {
            return LinuxErrors.LastError == LinuxErrors.EAGAIN ? FileWriters.Open : FileWriters.Unknown;
        }

        _ = fcntl(descriptor, F_SETLEASE, F_UNLCK);
        return FileWriters.None;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, nint argument);
}
