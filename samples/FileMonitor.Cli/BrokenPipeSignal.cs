using System.Runtime.InteropServices;

namespace FileMonitor.Cli;

/// <summary>
/// SIGPIPE while other programs are started. The runtime ignores it, and a program inherits that: <c>yes | head</c> in it would never end. A signal
/// that is handled instead has its default in the program, and here a write to a broken pipe fails as before.
/// </summary>
internal sealed partial class BrokenPipeSignal : IDisposable
{
    private const int SIGPIPE = 13;
    private const nint SIG_DFL = 0;

    private readonly PosixSignalRegistration? _handled;

    public BrokenPipeSignal()
    {
        if (!OperatingSystem.IsWindows())
        {
            // A handler is not installed over an ignored signal.
            _ = signal(SIGPIPE, SIG_DFL);
            _handled = PosixSignalRegistration.Create((PosixSignal)SIGPIPE, static received => received.Cancel = true);
        }
    }

    public void Dispose()
    {
        if (_handled is not null)
        {
            _handled.Dispose();
            DescriptorStream.IgnoreBrokenPipes();
        }
    }

    [LibraryImport("libc")]
    private static partial nint signal(int signal, nint handler);
}
