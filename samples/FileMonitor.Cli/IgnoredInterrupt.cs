using System.Runtime.InteropServices;

namespace FileMonitor.Cli;

/// <summary>
/// A shell without job control, which is every script, starts what it puts in the background with SIGINT ignored, and the runtime leaves an
/// ignored SIGINT ignored. `kill -INT $!` would then never end a watch that a script has started: the disposition is put back to what
/// a process normally begins with.
/// </summary>
internal static partial class IgnoredInterrupt
{
    private const int SIGINT = 2;
    private const nint SIG_DFL = 0;
    private const nint SIG_IGN = 1;

    /// <summary>Called before a handler is registered: it would not be installed over an ignored signal.</summary>
    public static unsafe void Restore()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // What struct sigaction looks like differs; that its first word is the handler does not, on the systems this is published for, and none
        // is longer than this. Only an ignored signal is touched: whatever else stands there is the runtime's own handler.
        var current = stackalloc nint[64];
        if (sigaction(SIGINT, null, current) == 0 && current[0] == SIG_IGN)
        {
            _ = signal(SIGINT, SIG_DFL);
        }
    }

    [LibraryImport("libc")]
    private static unsafe partial int sigaction(int signal, nint* action, nint* previous);

    [LibraryImport("libc")]
    private static partial nint signal(int signal, nint handler);
}
