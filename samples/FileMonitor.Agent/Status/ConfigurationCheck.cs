using FileMonitor.Agent.Reload;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FileMonitor.Agent.Status;

/// <summary>Degraded while the configuration on disk is one that was refused: the next start would fail.</summary>
internal sealed class ConfigurationCheck(Reloader reloader) : IHealthCheck
{
    public const string Name = "configuration";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(reloader.Refusal is { } refusal ? HealthCheckResult.Degraded(refusal.Describe()) : HealthCheckResult.Healthy());
}
