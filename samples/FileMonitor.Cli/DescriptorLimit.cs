using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FileMonitor.Cli;

/// <summary>
/// The limit of open files (<c>ulimit -n</c>). When it is too low for the runtime itself, the runtime ends the process at any point, without an
/// exception that could be caught. So the limit is checked first. Above that, a file or directory without a free descriptor is tried again, or
/// reported.
/// </summary>
internal static unsafe partial class DescriptorLimit
{
    private const int RLIMIT_NOFILE = 7;

    /// <summary>
    /// The least limit for the command. Measured on Linux: native code needs 16; with the runtime each assembly takes one, and 80 are too few.
    /// </summary>
    public static ulong LeastOfCommand => RuntimeFeature.IsDynamicCodeSupported ? 128u : 32u;

    /// <summary>Checks the limit; false, after a message, when it is too low. Needs no descriptor.</summary>
    public static bool IsEnough(string program, ulong least)
    {
        if (!OperatingSystem.IsLinux() || getrlimit(RLIMIT_NOFILE, out var limit) != 0 || WhyNot(limit.Soft, least) is not { } why)
        {
            return true;
        }

        var line = Encoding.UTF8.GetBytes($"{program}: {why}\n");
        fixed (byte* first = line)
        {
            _ = write(2, first, (nuint)line.Length);
        }

        return false;
    }

    public static string? WhyNot(ulong limit, ulong least) => limit >= least ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"the limit of open files is {limit}, and at least {least} are needed; raise it, as with `ulimit -n 1024`.");

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, out Limit limit);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, byte* bytes, nuint count);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
