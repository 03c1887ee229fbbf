using System.Runtime.InteropServices;

namespace FileMonitor.Cli;

/// <summary>
/// The first SIGINT, SIGTERM or SIGHUP requests an orderly end, the second one ends the process at once. SIGHUP comes when the terminal is closed; where it is ignored, as under
/// <c>nohup</c>, it stays so.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;
    private volatile bool _isHangUp;

    public StopSignals()
    {
        SignalDisposition.RestoreInterrupt();
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            .. OperatingSystem.IsWindows() || SignalDisposition.IsHangUpIgnored() ? (PosixSignalRegistration[])[] : [PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal)],
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Requested => _requested.Token;

    /// <summary>Completes with the first signal.</summary>
    public Task Asked => _asked.Task;

    /// <summary>The exit code of a watch that a signal has ended in order.</summary>
    public int ExitCode => _isHangUp ? Cli.ExitCode.HungUp : Cli.ExitCode.Done;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        // Not the token's source: a signal that has just arrived still cancels it, and an exception there would end the process.
    }

    private void OnSignal(PosixSignalContext signal)
    {
        // Otherwise the runtime ends the process as soon as this returns.
        signal.Cancel = true;
        if (Interlocked.Increment(ref _signals) > 1)
        {
            Environment.Exit(Cli.ExitCode.Interrupted);
        }

        _isHangUp = signal.Signal == PosixSignal.SIGHUP;
        _asked.TrySetResult();
        _requested.Cancel();
    }
}
