using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FileMonitor.Agent.Diagnostics;

/// <summary>Serves metrics; sends metrics, traces and logs to a collector where the usual variables name one.</summary>
internal static class Telemetry
{
    private const string Variable = "OTEL_EXPORTER_OTLP_";

    // Prometheus reserves names with these endings for histograms, and its checker refuses them. None of the three is needed.
    private static readonly string[] Refused = ["dotnet.assembly.count", "dotnet.process.cpu.count", "dotnet.timer.count"];

    public static void Add(WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var telemetry = builder.Services.AddOpenTelemetry();

        // OTEL_SERVICE_NAME still wins: it is read after this.
        telemetry.ConfigureResource(resource => resource.AddService("filemonitor-agent").AddEnvironmentVariableDetector());
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddFileMonitorInstrumentation().AddMeter(AgentMetrics.MeterName).AddMeter("System.Runtime").AddPrometheusExporter();
            foreach (var name in Refused)
            {
                metrics.AddView(name, MetricStreamConfiguration.Drop);
            }

            if (IsSent(configuration, "METRICS"))
            {
                metrics.AddOtlpExporter(exporter => Configure(exporter, configuration, "METRICS"));
            }
        });
        if (IsSent(configuration, "TRACES"))
        {
            telemetry.WithTracing(tracing => tracing.AddFileMonitorInstrumentation().AddOtlpExporter(exporter => Configure(exporter, configuration, "TRACES")));
        }

        if (IsSent(configuration, "LOGS"))
        {
            telemetry.WithLogging(
                logging => logging.AddOtlpExporter(exporter => Configure(exporter, configuration, "LOGS")),
                options => options.IncludeFormattedMessage = true);
        }
    }

    /// <summary>Whether a variable names a collector: without one the exporter would send to this machine, where usually none listens.</summary>
    private static bool IsSent(ConfigurationManager configuration, string signal) =>
        !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && configuration[$"OTEL_{signal}_EXPORTER"] is null or "" or "otlp"
        && (!string.IsNullOrEmpty(configuration[Variable + "ENDPOINT"]) || !string.IsNullOrEmpty(configuration[$"{Variable}{signal}_ENDPOINT"]));

    /// <summary>Reads the variables of one signal. An exporter added for one signal reads only those of all signals.</summary>
    private static void Configure(OtlpExporterOptions exporter, ConfigurationManager configuration, string signal)
    {
        if (configuration[$"{Variable}{signal}_ENDPOINT"] is { Length: > 0 } endpoint)
        {
            exporter.Endpoint = new Uri(endpoint);
        }

        if (configuration[$"{Variable}{signal}_PROTOCOL"] is { Length: > 0 } protocol)
        {
            exporter.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (configuration[$"{Variable}{signal}_HEADERS"] is { Length: > 0 } headers)
        {
            exporter.Headers = headers;
        }
    }
}
