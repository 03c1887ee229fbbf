using FileMonitor.Sources.Native;
using static FileMonitor.Sources.Native.LinuxFanotify;

namespace FileMonitor.Sources.Fanotify;

/// <summary>A fanotify descriptor. Owner: the source's thread.</summary>
/// <remarks>
/// The kernel's queue keeps its limit (<c>fs.fanotify.max_queued_events</c>, 16,384). Without a limit, kernel memory would grow while the thread
/// waits for a disk. When the queue overflows, the kernel says so and the roots are compared.
/// </remarks>
internal sealed class FanotifyGroup : IDisposable
{
    private const uint DirectoriesAndNames = FAN_REPORT_DIR_FID | FAN_REPORT_NAME;

    // No events for opening or reading files, so that the monitor's own reads cause none. The exception is starting a program.
    private const ulong Wanted = FAN_CREATE | FAN_DELETE | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_ONDIR | FAN_OPEN_EXEC;

    private FanotifyGroup(int descriptor, bool namesTargets)
    {
        Descriptor = descriptor;
        NamesTargets = namesTargets;
    }

    public int Descriptor { get; }

    /// <summary>Whether events name the file, and a rename is one event: Linux 5.17 or later.</summary>
    public bool NamesTargets { get; }

    /// <exception cref="IOException">fanotify cannot be used here; the message says why.</exception>
    /// <param name="namesTargets">Whether to request <see cref="NamesTargets"/>.</param>
    public static FanotifyGroup Open(bool namesTargets = true)
    {
        if (!OperatingSystem.IsLinux() || !LinuxFiles.IsSupported)
        {
            throw new IOException("fanotify is supported on 64-bit Linux only.");
        }

        try
        {
            var descriptor = namesTargets ? LinuxFanotify.Open(DirectoriesAndNames | FAN_REPORT_FID | FAN_REPORT_TARGET_FID) : -1;
            if (!namesTargets || (descriptor < 0 && LinuxErrors.LastError == LinuxErrors.EINVAL))
            {
                namesTargets = false;
                descriptor = LinuxFanotify.Open(DirectoriesAndNames);
            }

            return descriptor >= 0 ? new FanotifyGroup(descriptor, namesTargets) : throw new IOException(FanotifyErrors.ExplainOpening(LinuxErrors.LastError));
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            throw new IOException("The C library does not support fanotify.", missing);
        }
    }

    /// <summary>Marks the file system of an open directory. Null on success, otherwise the system's error.</summary>
    public int? TryWatch(int directory) =>
        TryMark(Descriptor, directory, Wanted | (NamesTargets ? FAN_RENAME : FAN_MOVED_FROM | FAN_MOVED_TO)) ? null : LinuxErrors.LastError;

    /// <summary>Marks a file system for program starts. Errors are ignored: programs from there stay unknown.</summary>
    public void WatchPrograms(int directory) => _ = TryMark(Descriptor, directory, FAN_OPEN_EXEC);

    public bool Watches(int directory) => IsMarked(Descriptor, directory);

    public void Dispose() => LinuxFiles.Close(Descriptor);
}
