using System.Runtime.InteropServices;

namespace FileMonitor.Cli;

/// <summary>The first SIGINT or SIGTERM requests an orderly end, the second one ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public StopSignals()
    {
        IgnoredInterrupt.Restore();
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Requested => _requested.Token;

    /// <summary>Completes with the first signal.</summary>
    public Task Asked => _asked.Task;

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
            Environment.Exit(ExitCode.Interrupted);
        }

        _asked.TrySetResult();
        _requested.Cancel();
    }
}
