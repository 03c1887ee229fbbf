using System.Text.Json;
using FileMonitor.Schemas;

namespace FileMonitor.Sinks.Otlp;

/// <summary>What is around the log records of a request, <c>ExportLogsServiceRequest</c> in JSON: one resource with one scope.</summary>
internal static class OtlpRequest
{
    public static void WriteStart(Utf8JsonWriter writer, SchemaContext context)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("resourceLogs"u8);
        writer.WriteStartObject();
        writer.WriteStartObject("resource"u8);
        writer.WriteStartArray("attributes"u8);
        writer.WriteAttribute("service.name"u8, context.Product);
        writer.WriteAttribute("service.version"u8, context.Version);
        writer.WriteAttribute("host.name"u8, context.HostName);
        writer.WriteAttribute("host.id"u8, context.HostId);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteStartArray("scopeLogs"u8);
        writer.WriteStartObject();
        writer.WriteStartObject("scope"u8);
        writer.WriteString("name"u8, "FileMonitor");
        writer.WriteString("version"u8, SchemaContext.Default.Version);
        writer.WriteEndObject();
        writer.WriteStartArray("logRecords"u8);
    }

    public static void WriteEnd(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
