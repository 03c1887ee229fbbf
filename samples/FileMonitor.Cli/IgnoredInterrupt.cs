using System.Runtime.InteropServices;

namespace FileMonitor.Cli;

/// <summary>
/// A shell without job control, as in every script, starts background commands with SIGINT ignored, and the runtime leaves it ignored. `kill
/// -INT $!` would then never end a watch that a script has started. So the default disposition is restored.
/// </summary>
internal static partial class IgnoredInterrupt
{
    private const int SIGINT = 2;
    private const nint SIG_DFL = 0;
    private const nint SIG_IGN = 1;

    /// <summary>Call it before registering a handler, which is not installed over an ignored signal.</summary>
    public static unsafe void Restore()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // The layout of struct sigaction differs, but its first word is the handler on all systems this is published for, and none is larger
        // than this buffer. Only an ignored signal is changed; any other handler is the runtime's own.
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
