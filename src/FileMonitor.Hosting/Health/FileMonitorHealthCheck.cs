using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace FileMonitor.Hosting.Health;

/// <summary>Checks the health of monitors. <paramref name="monitor"/> is null for all monitors of the host.</summary>
internal sealed class FileMonitorHealthCheck(string? monitor, IServiceProvider provider) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var options = provider.GetRequiredService<IOptionsMonitor<FileMonitorHealthOptions>>().Get(context.Registration.Name);
        var now = (provider.GetService<TimeProvider>() ?? TimeProvider.System).GetUtcNow();
        var reports = Monitors().Select(one => FileMonitorHealthReport.Assess(one.GetHealth(), options, now)).OrderBy(report => report.Status).ToList();
        var (status, description) = reports switch
        {
            [] => (HealthStatus.Unhealthy, "The host has no file monitor: call AddFileMonitor or AddFileMonitors on its services."),
            [var only] when monitor is not null => (only.Status, only.Description),
            [var worst, ..] => (worst.Status, string.Join(' ', reports.Where(report => report.Status == HealthStatus.Healthy == (worst.Status == HealthStatus.Healthy)).Select(Named))),
        };

        // As for AddCheck: the registration chooses the status that is reported for Unhealthy.
        status = status == HealthStatus.Unhealthy ? context.Registration.FailureStatus : status;
        return Task.FromResult(new HealthCheckResult(status, description, exception: null, Data(reports)));
    }

    private IEnumerable<FileSystemMonitor> Monitors() => monitor switch
    {
        null => (provider.GetService<FileSystemMonitor>() is { } unnamed ? [unnamed] : Enumerable.Empty<FileSystemMonitor>())
            .Concat(provider.GetKeyedServices<FileSystemMonitor>(KeyedService.AnyKey)),
        "" => [provider.GetRequiredService<FileSystemMonitor>()],
        _ => [provider.GetRequiredKeyedService<FileSystemMonitor>(monitor)],
    };

    private Dictionary<string, object> Data(IReadOnlyList<FileMonitorHealthReport> reports) => reports
        .SelectMany(report => report.Data.Select(entry => (Key: monitor is not null || report.Monitor.Length == 0 ? entry.Key : $"{report.Monitor}.{entry.Key}", entry.Value)))
        .ToDictionary(entry => entry.Key, entry => entry.Value);

    private static string Named(FileMonitorHealthReport report) => report.Monitor.Length == 0 ? report.Description : $"{report.Monitor}: {report.Description}";
}
