using FileMonitor.Diagnostics;
using OpenTelemetry.Metrics;

namespace FileMonitor;

/// <summary>Lets OpenTelemetry collect what monitors measure; docs/diagnostics.md lists it.</summary>
public static class FileMonitorOpenTelemetryExtensions
{
    /// <summary>Collects the metrics of the meter <c>FileMonitor</c>.</summary>
    /// <param name="builder">The host's metrics.</param>
    /// <returns>The builder, to go on.</returns>
    public static MeterProviderBuilder AddFileMonitorInstrumentation(this MeterProviderBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddMeter(MonitorInstruments.MeterName);
    }
}
