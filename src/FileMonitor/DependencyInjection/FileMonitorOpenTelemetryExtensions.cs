using FileMonitor.Diagnostics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace FileMonitor;

/// <summary>Lets OpenTelemetry collect the metrics and traces of monitors; docs/observability.md lists them.</summary>
public static class FileMonitorOpenTelemetryExtensions
{
    /// <summary>Collects the metrics of the meter <c>FileMonitor</c>.</summary>
    /// <param name="builder">The host's metrics.</param>
    /// <returns>The builder, for further calls.</returns>
    public static MeterProviderBuilder AddFileMonitorInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(MeterInstruments.MeterName);
    }

    /// <summary>Collects the spans of the activity source <c>FileMonitor</c>.</summary>
    /// <param name="builder">The host's traces.</param>
    /// <returns>The builder, for further calls.</returns>
    public static TracerProviderBuilder AddFileMonitorInstrumentation(this TracerProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddSource(MonitorActivities.SourceName);
    }
}
