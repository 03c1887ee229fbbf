using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FileMonitor.Agent.Reload;

/// <summary>
/// The roots of the configuration that a reload could not add: as long as there are any, the agent is Degraded, because it does not watch what it is told to. Written by the reload;
/// any thread reads.
/// </summary>
internal sealed class RootsNotAdded : IHealthCheck
{
    /// <summary>The name of the health check.</summary>
    public const string HealthCheck = "roots";

    private volatile IReadOnlyList<(MonitorRoot Root, string Problem)> _roots = [];

    /// <summary>Sets those of the latest configuration that was taken over.</summary>
    public void Set(IReadOnlyList<(MonitorRoot Root, string Problem)> roots) => _roots = roots;

    /// <summary>What is to be said of a monitor, a sentence for each root.</summary>
    public IReadOnlyList<string> FindingsOf(string monitor) => [.. _roots.Where(one => one.Root.Monitor.Equals(monitor, StringComparison.OrdinalIgnoreCase)).Select(Describe)];

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_roots is { Count: > 0 } roots ? HealthCheckResult.Degraded(string.Join(' ', roots.Select(Describe))) : HealthCheckResult.Healthy());

    private static string Describe((MonitorRoot Root, string Problem) one) =>
        $"Root '{one.Root.Path}' of the configuration could not be added to monitor {one.Root.Monitor} and is not watched: {one.Problem.TrimEnd('.')}. Put that right, and reload again.";
}
