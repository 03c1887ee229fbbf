using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace FileMonitor.Sinks.Tests;

/// <summary>
/// Reads requests with classes that were generated from the protocol's own definitions, which refuse a field that they do not know and a value of another type. They are in a package, and not public.
/// </summary>
internal static class OtlpProtocol
{
    private static readonly MessageDescriptor Request = (MessageDescriptor)Assembly.Load("Serilog.Sinks.OpenTelemetry")
        .GetType("OpenTelemetry.Proto.Collector.Logs.V1.ExportLogsServiceRequest", throwOnError: true)!
        .GetProperty("Descriptor", BindingFlags.Static | BindingFlags.Public)!
        .GetValue(null)!;

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithFormatEnumsAsIntegers(true));

    /// <summary>The log records of a request that is valid, and that says the same after it was read and written again.</summary>
    public static IReadOnlyList<ReceivedRecord> Read(ReadOnlySpan<byte> body)
    {
        var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(body);
        var sent = JsonNode.Parse(text)!;
        var scope = sent["resourceLogs"]![0]!["scopeLogs"]![0]!;
        var records = scope["logRecords"]!.AsArray();
        var received = records.Select(one => new ReceivedRecord(
            sent["resourceLogs"]![0]!["resource"]!["attributes"]!.DeepClone(),
            (string)scope["scope"]!["name"]!,
            one!.DeepClone(),
            (string)one["eventName"]!,
            one["attributes"]!.AsArray().ToDictionary(static pair => (string)pair!["key"]!, static pair => pair!["value"]!.ToJsonString()))).ToList();

        // It came with version 1.5 of the protocol, after these classes.
        foreach (var record in records)
        {
            record!.AsObject().Remove("eventName").Should().BeTrue();
        }

        var read = Formatter.Format(JsonParser.Default.Parse(sent.ToJsonString(), Request));
        JsonNode.DeepEquals(JsonNode.Parse(read), sent).Should().BeTrue("the protocol reads a request as it was meant");
        return received;
    }
}

/// <summary>A log record that was received; attributes are JSON by their keys.</summary>
internal sealed record ReceivedRecord(JsonNode Resource, string Scope, JsonNode Json, string EventName, IReadOnlyDictionary<string, string> Attributes)
{
    public string Body => (string)Json["body"]!["stringValue"]!;
}
