using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace FileMonitor.Agent.Reload;

/// <summary>
/// Requests to read the configuration again: the signal SIGHUP, which from then on no longer ends the process. What comes while one is waiting is the same request. Thread-safe.
/// </summary>
internal sealed class ReloadRequests : IDisposable
{
    private readonly Channel<bool> _requests = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private PosixSignalRegistration? _signal;

    /// <summary>Requests by the signal. Windows has something else of this name, which cannot be held off.</summary>
    public static ReloadRequests OfSignal()
    {
        var requests = new ReloadRequests();
        if (!OperatingSystem.IsWindows())
        {
            requests._signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                requests.Add();
            });
        }

        return requests;
    }

    public void Add() => _requests.Writer.TryWrite(true);

    public IAsyncEnumerable<bool> ReadAllAsync(CancellationToken cancellationToken) => _requests.Reader.ReadAllAsync(cancellationToken);

    public void Dispose() => _signal?.Dispose();
}
