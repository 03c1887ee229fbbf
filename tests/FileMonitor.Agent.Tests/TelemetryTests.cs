using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace FileMonitor.Agent.Tests;

public sealed class TelemetryTests
{
    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "", "/v1/logs /v1/metrics /v1/traces")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "/here", "/here")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/there", "/there")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "/elsewhere", "/elsewhere")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "", "/v1/logs /v1/metrics", "OTEL_TRACES_EXPORTER", "none")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "", "/v1/logs /v1/metrics /v1/traces", "OTEL_TRACES_EXPORTER", "otlp")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "", "", "OTEL_SDK_DISABLED", "true")]
    public async Task What_a_variable_names_is_sent_to_and_nothing_else(string variable, string path, string expected, string other = "OTEL_SDK_DISABLED", string value = "")
    {
        var asked = new ConcurrentDictionary<string, bool>();
        await using var collector = WebApplication.CreateSlimBuilder().Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body, System.Text.Encoding.Latin1);
            var isOurs = (await body.ReadToEndAsync(context.RequestAborted)).Contains("filemonitor-agent", StringComparison.Ordinal);
            asked.TryAdd(context.Request.Path + (isOurs ? "" : " of another"), true);
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);

        await using (var agent = await RunningAgent.StartAsync(new Dictionary<string, string?>
        {
            [variable] = collector.Urls.First() + path,
            [other] = value,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["Logging:LogLevel:Default"] = "Information",
        }))
        {
            await agent.WriteAsync("a");
        }

        // What is left is sent at the end.
        Assert.Equal(expected, string.Join(' ', asked.Keys.Order(StringComparer.Ordinal)));
    }
}
