using FileMonitor.Hosting.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FileMonitor.Hosting;

/// <summary>Adds monitors to the host's health checks. docs/hosting.md says what makes one Degraded or Unhealthy.</summary>
public static class FileMonitorHealthChecksExtensions
{
    /// <summary>The name of the check of all monitors, unless another is given.</summary>
    private const string DefaultName = "filemonitor";

    /// <summary>
    /// Adds one check for all monitors of the host: its status is the worst of theirs, and its description begins with that monitor. A monitor
    /// that is registered and not started is Unhealthy; use <see cref="AddNamedFileMonitor"/> where that is not wanted.
    /// </summary>
    /// <param name="builder">The host's health checks.</param>
    /// <param name="name">The name of the check; by default <c>filemonitor</c>.</param>
    /// <param name="failureStatus">What Unhealthy is reported as; by default Unhealthy.</param>
    /// <param name="tags">Tags to choose checks by.</param>
    /// <param name="timeout">How long the check may take; it takes less than a millisecond.</param>
    /// <param name="configure">Sets the thresholds; they are also the named options <paramref name="name"/>.</param>
    /// <returns>The builder, for further calls.</returns>
    public static IHealthChecksBuilder AddFileMonitor(
        this IHealthChecksBuilder builder,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null,
        Action<FileMonitorHealthOptions>? configure = null) =>
        Add(builder, monitor: null, name ?? DefaultName, failureStatus, tags, timeout, configure);

    /// <summary>Adds a check for one monitor.</summary>
    /// <param name="builder">The host's health checks.</param>
    /// <param name="monitor">The monitor's name; empty for the unnamed one.</param>
    /// <param name="name">The name of the check; by default <c>filemonitor:</c> and the monitor's name.</param>
    /// <param name="failureStatus">What Unhealthy is reported as; by default Unhealthy.</param>
    /// <param name="tags">Tags to choose checks by.</param>
    /// <param name="timeout">How long the check may take; it takes less than a millisecond.</param>
    /// <param name="configure">Sets the thresholds; they are also the named options <paramref name="name"/>.</param>
    /// <returns>The builder, for further calls.</returns>
    public static IHealthChecksBuilder AddNamedFileMonitor(
        this IHealthChecksBuilder builder,
        string monitor,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null,
        Action<FileMonitorHealthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        return Add(builder, monitor, name ?? (monitor.Length == 0 ? DefaultName : $"{DefaultName}:{monitor}"), failureStatus, tags, timeout, configure);
    }

    private static IHealthChecksBuilder Add(
        IHealthChecksBuilder builder,
        string? monitor,
        string name,
        HealthStatus? failureStatus,
        IEnumerable<string>? tags,
        TimeSpan? timeout,
        Action<FileMonitorHealthOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = builder.Services.AddOptionsWithValidateOnStart<FileMonitorHealthOptions, FileMonitorHealthOptionsValidator>(name);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        return builder.Add(new HealthCheckRegistration(name, provider => new FileMonitorHealthCheck(monitor, provider), failureStatus, tags, timeout));
    }
}
