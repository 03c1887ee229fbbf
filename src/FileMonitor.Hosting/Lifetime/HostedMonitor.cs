using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FileMonitor.Hosting.Lifetime;

/// <summary>
/// One monitor as a service of the host. It is started with the others in their order, and stopped before all of them, because a reader among
/// them reads to the end only while it runs, whatever the order of registration.
/// </summary>
internal sealed class HostedMonitor(string name, IServiceProvider provider) : IHostedLifecycleService, IDisposable
{
    // A fault is rare and final: a second more does not matter, and a look costs almost nothing.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    // Not resolved before the host starts, so that the host's own check of all options comes first.
    private FileSystemMonitor? _monitor;
    private PeriodicTimer? _looks;
    private Task _watching = Task.CompletedTask;

    private bool StopsHostOnFault => provider.GetRequiredService<IOptionsMonitor<FileMonitorHostingOptions>>().Get(name).StopHostOnFault;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _monitor = name.Length == 0 ? provider.GetRequiredService<FileSystemMonitor>() : provider.GetRequiredKeyedService<FileSystemMonitor>(name);
        await _monitor.StartAsync(cancellationToken).ConfigureAwait(false);
        if (StopsHostOnFault)
        {
            _looks = new PeriodicTimer(LookInterval, provider.GetService<TimeProvider>() ?? TimeProvider.System);
            _watching = StopHostOnFaultAsync(_monitor, _looks);
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // The host stops one service after the other; one monitor could use up the time of the others. So stop all at once.
        var all = provider.GetKeyedServices<HostedMonitor>(KeyedService.AnyKey).Select(one => one._monitor?.StopAsync(cancellationToken) ?? Task.CompletedTask);
        await Task.WhenAll(all).ConfigureAwait(false);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Again, for a host that does not call StoppingAsync.
        await (_monitor?.StopAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        _looks?.Dispose();
        await _watching.ConfigureAwait(false);
        if (_looks is not null && _monitor?.GetHealth().Fault is { } fault)
        {
            // The host passes the exception on: the process ends with an error, and a service manager restarts it.
            throw new InvalidOperationException($"File monitor \"{name}\" has ended by an error: {fault.Message}", fault);
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _looks?.Dispose();

    private async Task StopHostOnFaultAsync(FileSystemMonitor monitor, PeriodicTimer looks)
    {
        while (await looks.WaitForNextTickAsync().ConfigureAwait(false))
        {
            if (monitor.GetHealth().Fault is { } fault)
            {
                try
                {
                    provider.GetRequiredService<ILogger<HostedMonitor>>().HostStopping(fault, name.Length == 0 ? "(unnamed)" : name);
                }
                finally
                {
                    // Also when it cannot be logged.
                    provider.GetRequiredService<IHostApplicationLifetime>().StopApplication();
                }

                return;
            }
        }
    }
}
