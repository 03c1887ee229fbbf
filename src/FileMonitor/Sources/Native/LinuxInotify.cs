using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Native;

/// <summary>
/// The system calls of inotify(7). Return values as in the system: negative for failure, with the reason in <see cref="LinuxErrors.LastError"/>.
/// </summary>
internal static unsafe partial class LinuxInotify
{
    public const uint IN_MODIFY = 0x2;
    public const uint IN_ATTRIB = 0x4;
    public const uint IN_CLOSE_WRITE = 0x8;
    public const uint IN_MOVED_FROM = 0x40;
    public const uint IN_MOVED_TO = 0x80;
    public const uint IN_CREATE = 0x100;
    public const uint IN_DELETE = 0x200;
    public const uint IN_DELETE_SELF = 0x400;
    public const uint IN_UNMOUNT = 0x2000;
    public const uint IN_Q_OVERFLOW = 0x4000;
    public const uint IN_IGNORED = 0x8000;
    public const uint IN_ONLYDIR = 0x1000000;
    public const uint IN_DONT_FOLLOW = 0x2000000;
    public const uint IN_ISDIR = 0x40000000;

    // Without it the kernel clears the mask of an existing watch before it sets the new one, and events in between on another processor are
    // lost.
    private const uint IN_MASK_ADD = 0x20000000;
    private const int IN_CLOEXEC = 0x80000;
    private const int IN_NONBLOCK = 0x800;

    private static readonly nuint FIONREAD = RuntimeInformation.ProcessArchitecture == Architecture.Ppc64le ? 0x4004667fu : 0x541bu;

    /// <summary>Opens a new instance; reads do not block.</summary>
    public static SafeFileHandle Open() => new(inotify_init1(IN_CLOEXEC | IN_NONBLOCK), ownsHandle: true);

    /// <summary>Watches the directory of a path. Returns the same number for a directory that is watched already.</summary>
    /// <param name="inotify">The instance.</param>
    /// <param name="path">Ends with a zero byte.</param>
    /// <param name="mask">The events to report, in addition to those requested before.</param>
    public static int AddWatch(SafeFileHandle inotify, ReadOnlySpan<byte> path, uint mask)
    {
        fixed (byte* first = path)
        {
            int watch;
            do
            {
                watch = inotify_add_watch(inotify, first, mask | IN_MASK_ADD);
            }
            while (watch < 0 && LinuxErrors.LastError == LinuxErrors.EINTR);

            return watch;
        }
    }

    public static void RemoveWatch(SafeFileHandle inotify, int watch) => _ = inotify_rm_watch(inotify, watch);

    /// <summary>How many bytes of events are queued; 0 when that is not known.</summary>
    public static int Queued(SafeFileHandle inotify)
    {
        var count = 0;
        return ioctl(inotify, FIONREAD, &count) < 0 ? 0 : count;
    }

    /// <summary>Wakes the reader of another instance with an event without meaning: that a watch was removed.</summary>
    public static void Wake(int descriptor)
    {
        using var borrowed = new SafeFileHandle(descriptor, ownsHandle: false);

        // Watch a directory that is never deleted, so that no other event can come.
        var watch = AddWatch(borrowed, "/\0"u8, IN_DELETE_SELF);
        if (watch >= 0)
        {
            RemoveWatch(borrowed, watch);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_add_watch(SafeFileHandle inotify, byte* path, uint mask);

    // Variadic in C; with one pointer the call is the same as a plain one.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle descriptor, nuint request, int* count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_rm_watch(SafeFileHandle inotify, int watch);
}
