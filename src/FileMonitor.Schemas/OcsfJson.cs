using System.Buffers;
using System.Text.Json;
using FileMonitor.Schemas.Writing;

namespace FileMonitor.Schemas;

/// <summary>
/// Writes an <see cref="AuditEvent"/> in the Open Cybersecurity Schema Framework: class File System Activity (1001), with its attributes only. What the class has no
/// attribute for is in <c>unmapped</c>. docs/events.md has the mapping.
/// </summary>
/// <example>
/// <code>
/// using FileMonitor.JsonLines;
/// using FileMonitor.Schemas;
///
/// var sink = new JsonLinesFileSink("/var/log/inbox/ocsf.jsonl", new() { WriteLine = (output, e) => OcsfJson.WriteLine(output, e) });
/// </code>
/// </example>
public static class OcsfJson
{
    /// <summary>The version of OCSF that is written; each event has it in <c>metadata.version</c>.</summary>
    public const string SchemaVersion = "1.8.0";

    /// <summary>Writes one object as the next value of <paramref name="writer"/>.</summary>
    /// <param name="writer">Stands where a value may come. It is not flushed.</param>
    /// <param name="auditEvent">The event.</param>
    /// <param name="context">Machine and program; null for <see cref="SchemaContext.Default"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="writer"/> or <paramref name="auditEvent"/> is null.</exception>
    public static void Write(Utf8JsonWriter writer, AuditEvent auditEvent, SchemaContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(auditEvent);
        OcsfDocument.Write(writer, auditEvent, context ?? SchemaContext.Default);
    }

    /// <summary>Appends one object and a line feed as UTF-8: a record of JSON Lines.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="auditEvent">The event.</param>
    /// <param name="context">Machine and program; null for <see cref="SchemaContext.Default"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="output"/> or <paramref name="auditEvent"/> is null.</exception>
    public static void WriteLine(IBufferWriter<byte> output, AuditEvent auditEvent, SchemaContext? context = null) =>
        Lines.Write(output, auditEvent, context, OcsfDocument.Write);
}
