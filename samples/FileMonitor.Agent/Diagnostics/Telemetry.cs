using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FileMonitor.Agent.Diagnostics;

/// <summary>Metrics for whoever asks; metrics, traces and logs sent to a collector where the usual variables name one.</summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void Add(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var telemetry = builder.Services.AddOpenTelemetry();

        // OTEL_SERVICE_NAME still wins: it is read after this.
        telemetry.ConfigureResource(resource => resource.AddService("filemonitor-agent").AddEnvironmentVariableDetector());
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddFileMonitorInstrumentation().AddMeter("System.Runtime").AddPrometheusExporter();
            if (IsSent(configuration, "METRICS"))
            {
                metrics.AddOtlpExporter();
            }
        });
        if (IsSent(configuration, "TRACES"))
        {
            telemetry.WithTracing(tracing => tracing.AddSource("FileMonitor").AddOtlpExporter());
        }

        if (IsSent(configuration, "LOGS"))
        {
            telemetry.WithLogging(logging => logging.AddOtlpExporter(), options => options.IncludeFormattedMessage = true);
        }
    }

    /// <summary>Without a variable the exporter would send to this machine, where most have nobody who listens.</summary>
    private static bool IsSent(ConfigurationManager configuration, string signal) =>
        !string.IsNullOrEmpty(configuration[Endpoint]) || !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]);
}
