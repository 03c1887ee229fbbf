using System.Buffers;
using System.Text.Json;
using FileMonitor.Schemas.Writing;

namespace FileMonitor.Schemas;

/// <summary>
/// Writes an <see cref="AuditEvent"/> in the Elastic Common Schema: one document, with the fields of ECS only. What ECS has no field for is in <c>labels</c>.
/// docs/events.md has the mapping.
/// </summary>
/// <example>
/// <code>
/// using FileMonitor.JsonLines;
/// using FileMonitor.Schemas;
///
/// var sink = new JsonLinesFileSink("/var/log/inbox/ecs.jsonl", new() { WriteLine = (output, e) => EcsJson.WriteLine(output, e) });
/// </code>
/// </example>
public static class EcsJson
{
    /// <summary>The version of ECS that is written; each document has it in <c>ecs.version</c>.</summary>
    public const string SchemaVersion = "9.4.0";

    /// <summary>Writes one object as the next value of <paramref name="writer"/>.</summary>
    /// <param name="writer">Stands where a value may come. It is not flushed.</param>
    /// <param name="auditEvent">The event.</param>
    /// <param name="context">Machine and program; null for <see cref="SchemaContext.Default"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="writer"/> or <paramref name="auditEvent"/> is null.</exception>
    public static void Write(Utf8JsonWriter writer, AuditEvent auditEvent, SchemaContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(auditEvent);
        EcsDocument.Write(writer, auditEvent, context ?? SchemaContext.Default);
    }

    /// <summary>Appends one object and a line feed as UTF-8: a record of JSON Lines.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="auditEvent">The event.</param>
    /// <param name="context">Machine and program; null for <see cref="SchemaContext.Default"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="output"/> or <paramref name="auditEvent"/> is null.</exception>
    public static void WriteLine(IBufferWriter<byte> output, AuditEvent auditEvent, SchemaContext? context = null) =>
        Lines.Write(output, auditEvent, context, EcsDocument.Write);
}
