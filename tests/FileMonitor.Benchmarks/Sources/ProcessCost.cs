using System.Globalization;
using System.Runtime.InteropServices;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>
/// What a process used up to now, threads that have ended included. Processor time is that of the scheduler, in nanoseconds: what
/// /proc/PID/stat says is cut to hundredths of a second, twice, and a small watcher uses less in a whole storm.
/// </summary>
internal sealed partial record ProcessCost(double CpuSeconds, double ResidentMegabytes, double PeakMegabytes)
{
    /// <summary>Null when there is no such process any more.</summary>
    public static ProcessCost? Read(int process)
    {
        try
        {
            // clock_getcpuclockid(3), which is no more than this: the process's number inverted, and 2 for the scheduler's time.
            var status = File.ReadAllLines($"/proc/{process}/status");
            return clock_gettime((~process << 3) | 2, out var time) == 0
                ? new(time.Seconds + (time.Nanoseconds / 1e9), Megabytes(status, "VmRSS:"), Megabytes(status, "VmHWM:"))
                : null;
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Whether it holds an inotify descriptor: a FileSystemWatcher whose thread ended without a word holds none.</summary>
    public static bool HoldsInotify(int process) =>
        new DirectoryInfo($"/proc/{process}/fd").EnumerateFileSystemInfos().Any(one => one.LinkTarget?.Contains("inotify", StringComparison.Ordinal) == true);

    private static double Megabytes(string[] status, string name) =>
        long.Parse(status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(), CultureInfo.InvariantCulture) * 1024 / 1e6;

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
