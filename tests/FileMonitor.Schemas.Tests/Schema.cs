using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FileMonitor.Schemas.Tests;

/// <summary>The three schemas, for tests that hold for each of them.</summary>
internal sealed record Schema(
    string Name,
    Action<IBufferWriter<byte>, AuditEvent, SchemaContext?> WriteLine,
    Action<Utf8JsonWriter, AuditEvent, SchemaContext?> Write,
    Func<JsonElement, IReadOnlyList<string>> Errors)
{
    public static Schema Ecs { get; } = new("ECS", EcsJson.WriteLine, EcsJson.Write, EcsRules.Errors);

    public static Schema Ocsf { get; } = new("OCSF", OcsfJson.WriteLine, OcsfJson.Write, OcsfRules.Errors);

    public static Schema CloudEvents { get; } = new("CloudEvents", CloudEventJson.WriteLine, CloudEventJson.Write, CloudEventRules.Errors);

    public static Schema Of(string name) => new[] { Ecs, Ocsf, CloudEvents }.Single(schema => schema.Name == name);

    /// <summary>A line, as it is.</summary>
    public string Line(AuditEvent auditEvent, SchemaContext? context = null)
    {
        var output = new ArrayBufferWriter<byte>();
        WriteLine(output, auditEvent, context);
        return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(output.WrittenSpan);
    }

    /// <summary>A line, read. A member that is there twice is refused.</summary>
    public JsonElement Read(AuditEvent auditEvent, SchemaContext? context = null) => Parse(Line(auditEvent, context));

    /// <summary>What a host's own writer gets, which checks every call and escapes as little as it may.</summary>
    public JsonElement ReadFromOwnWriter(AuditEvent auditEvent)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true }))
        {
            writer.WriteStartArray();
            Write(writer, auditEvent, null);
            writer.WriteEndArray();
        }

        return Parse(Encoding.UTF8.GetString(output.WrittenSpan))[0];
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        return document.RootElement.Clone();
    }
}
