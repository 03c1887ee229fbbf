using System.Buffers;
using System.Text.Json;

namespace FileMonitor.Schemas.Writing;

/// <summary>Objects as lines of JSON.</summary>
internal static class Lines
{
    // The writers here write whole objects with members that are all different, which the tests show.
    private static readonly JsonWriterOptions Unchecked = new() { SkipValidation = true };

    public static void Write(IBufferWriter<byte> output, AuditEvent auditEvent, SchemaContext? context, Action<Utf8JsonWriter, AuditEvent, SchemaContext> write)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(auditEvent);
        using (var writer = new Utf8JsonWriter(output, Unchecked))
        {
            write(writer, auditEvent, context ?? SchemaContext.Default);
        }

        output.Write("\n"u8);
    }
}
