using System.Runtime.InteropServices;

namespace FileMonitor.Cli;

/// <summary>What the process that started this one has decided about its signals.</summary>
internal static partial class SignalDisposition
{
    private const int SIGHUP = 1;
    private const int SIGINT = 2;
    private const nint SIG_DFL = 0;
    private const nint SIG_IGN = 1;

    /// <summary>
    /// A shell without job control, as in every script, starts background commands with SIGINT ignored, and the runtime leaves it ignored. `kill -INT $!` would then never
    /// end a watch that a script has started. So the default disposition is restored. Call it before registering a handler, which is not installed over an ignored signal.
    /// </summary>
    public static void RestoreInterrupt()
    {
        // Any other handler is the runtime's own.
        if (!OperatingSystem.IsWindows() && IsIgnored(SIGINT))
        {
            _ = signal(SIGINT, SIG_DFL);
        }
    }

    /// <summary>Whether whoever started this process wants it to outlive its terminal, as <c>nohup</c> does. Not on Windows.</summary>
    public static bool IsHangUpIgnored() => IsIgnored(SIGHUP);

    private static unsafe bool IsIgnored(int signal)
    {
        // The layout of struct sigaction differs, but its first word is the handler on all systems this is published for, and none is larger
        // than this buffer.
        var current = stackalloc nint[64];
        return sigaction(signal, null, current) == 0 && current[0] == SIG_IGN;
    }

    [LibraryImport("libc")]
    private static unsafe partial int sigaction(int signal, nint* action, nint* previous);

    [LibraryImport("libc")]
    private static partial nint signal(int signal, nint handler);
}
