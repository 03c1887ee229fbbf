using FileMonitor.Sources.Native;
using static FileMonitor.Sources.Native.LinuxFanotify;

namespace FileMonitor.Sources.Fanotify;

/// <summary>A fanotify descriptor, and what this kernel can tell through it. Owner: the source's thread.</summary>
/// <remarks>
/// The kernel's queue keeps its bound (<c>fs.fanotify.max_queued_events</c>, 16,384): without one, a thread that waits for a disk would let
/// the kernel's memory grow for as long as others write. A queue that overflows says so, and the roots are compared.
/// </remarks>
internal sealed class FanotifyGroup : IDisposable
{
    private const uint DirectoriesAndNames = FAN_REPORT_DIR_FID | FAN_REPORT_NAME;

    // Never opening or reading: then what the pipeline reads causes no events. Starting a program is the one opening that counts.
    private const ulong Wanted = FAN_CREATE | FAN_DELETE | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_ONDIR | FAN_OPEN_EXEC;

    private FanotifyGroup(int descriptor, bool namesTargets)
    {
        Descriptor = descriptor;
        NamesTargets = namesTargets;
    }

    public int Descriptor { get; }

    /// <summary>Whether events say which file they are about, and a rename comes as one: Linux 5.17.</summary>
    public bool NamesTargets { get; }

    /// <exception cref="IOException">It cannot be used here; the message says why.</exception>
    /// <param name="namesTargets">Whether to ask for what only newer kernels have.</param>
    public static FanotifyGroup Open(bool namesTargets = true)
    {
        if (!OperatingSystem.IsLinux() || !LinuxFiles.IsSupported)
        {
            throw new IOException("fanotify is a part of Linux, on 64 bits.");
        }

        try
        {
            var descriptor = namesTargets ? LinuxFanotify.Open(DirectoriesAndNames | FAN_REPORT_FID | FAN_REPORT_TARGET_FID) : -1;
            if (!namesTargets || (descriptor < 0 && LinuxErrors.LastError == FanotifyErrors.EINVAL))
            {
                namesTargets = false;
                descriptor = LinuxFanotify.Open(DirectoriesAndNames);
            }

            return descriptor >= 0 ? new FanotifyGroup(descriptor, namesTargets) : throw new IOException(FanotifyErrors.ExplainOpening(LinuxErrors.LastError));
        }
        catch (Exception missing) when (missing is EntryPointNotFoundException or DllNotFoundException)
        {
            throw new IOException("The C library does not know fanotify.", missing);
        }
    }

    /// <summary>Null when the file system of an open directory is watched now, otherwise the system's error.</summary>
    public int? TryWatch(int directory) =>
        TryMark(Descriptor, directory, Wanted | (NamesTargets ? FAN_RENAME : FAN_MOVED_FROM | FAN_MOVED_TO)) ? null : LinuxErrors.LastError;

    /// <summary>Best effort: where it does not work, programs from there are not known.</summary>
    public void WatchPrograms(int directory) => _ = TryMark(Descriptor, directory, FAN_OPEN_EXEC);

    public bool Watches(int directory) => IsMarked(Descriptor, directory);

    public void Dispose() => LinuxFiles.Close(Descriptor);
}
