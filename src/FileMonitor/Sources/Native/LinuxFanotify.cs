using System.Runtime.InteropServices;

namespace FileMonitor.Sources.Native;

/// <summary>
/// The system calls of fanotify(7), and those for waiting. Return values as in the system: negative for failure, with the reason in
/// <see cref="LinuxErrors.LastError"/>.
/// </summary>
internal static unsafe partial class LinuxFanotify
{
    public const ulong FAN_MODIFY = 0x2;
    public const ulong FAN_ATTRIB = 0x4;
    public const ulong FAN_CLOSE_WRITE = 0x8;
    public const ulong FAN_CLOSE_NOWRITE = 0x10;
    public const ulong FAN_MOVED_FROM = 0x40;
    public const ulong FAN_MOVED_TO = 0x80;
    public const ulong FAN_CREATE = 0x100;
    public const ulong FAN_DELETE = 0x200;
    public const ulong FAN_OPEN_EXEC = 0x1000;
    public const ulong FAN_Q_OVERFLOW = 0x4000;
    public const ulong FAN_RENAME = 0x1000_0000;
    public const ulong FAN_ONDIR = 0x4000_0000;

    public const uint FAN_REPORT_FID = 0x200;
    public const uint FAN_REPORT_DIR_FID = 0x400;
    public const uint FAN_REPORT_NAME = 0x800;
    public const uint FAN_REPORT_TARGET_FID = 0x1000;

    public const short POLLIN = 0x1;
    public const short POLLPRI = 0x2;

    private const uint FAN_CLOEXEC = 0x1;
    private const uint FAN_NONBLOCK = 0x2;
    private const uint FAN_MARK_ADD = 0x1;
    private const uint FAN_MARK_REMOVE = 0x2;
    private const uint FAN_MARK_FILESYSTEM = 0x100;
    private const int EFD_NONBLOCK = 0x800;

    /// <summary>Opens a notification group. Its queue has the kernel's limit.</summary>
    public static int Open(uint reports) => fanotify_init(FAN_CLOEXEC | FAN_NONBLOCK | reports, 0);

    /// <summary>Adds a mark for the whole file system of an open directory, in addition to earlier marks.</summary>
    public static bool TryMark(int group, int directory, ulong mask) =>
        fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, directory, null) == 0;

    /// <summary>
    /// Whether the file system of an open directory is still marked. A mark ends with the last unmount; the next mount is another file system
    /// for the kernel, whatever is on it.
    /// </summary>
    public static bool IsMarked(int group, int directory) =>

        // Removing an event that was never requested changes nothing where there is a mark, and fails otherwise.
        fanotify_mark(group, FAN_MARK_REMOVE | FAN_MARK_FILESYSTEM, FAN_CLOSE_NOWRITE, directory, null) == 0;

    public static int OpenSignal() => eventfd(0, LinuxFlags.O_CLOEXEC | EFD_NONBLOCK);

    public static void Signal(int signal)
    {
        ulong one = 1;
        _ = write(signal, &one, sizeof(ulong));
    }

    public static int Wait(Span<PolledFile> files, int milliseconds)
    {
        fixed (PolledFile* first = files)
        {
            return poll(first, (nuint)files.Length, milliseconds);
        }
    }

    public static int Read(int descriptor, byte* buffer, int size) => (int)read(descriptor, buffer, (nuint)size);

    public static int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            return Read(descriptor, first, buffer.Length);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fanotify_init(uint flags, uint eventFlags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fanotify_mark(int group, uint flags, ulong mask, int directory, byte* path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint first, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PolledFile* files, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, byte* buffer, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, void* buffer, nuint size);

    /// <summary>A descriptor for poll(2), with the wanted and the found events.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PolledFile
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }
}
