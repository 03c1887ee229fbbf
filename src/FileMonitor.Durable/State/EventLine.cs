using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using FileMonitor.Delivery;
using FileMonitor.JsonLines;
using FileMonitor.Tree;

namespace FileMonitor.Durable.State;

/// <summary>
/// The journal line of a stream item: the JSON of the event with one more property, <c>redo</c>, which holds the tree changes; or, for changes without an event, a
/// record of kind <c>State</c> with that property only. docs/durable.md describes the form.
/// </summary>
internal static class EventLine
{
    public static void Write(ArrayBufferWriter<byte> line, ArrayBufferWriter<byte> scratch, in StreamItem item)
    {
        line.ResetWrittenCount();
        if (item.Event is { } auditEvent)
        {
            AuditEventJson.WriteLine(line, auditEvent);
            if (item.Deltas is not { Count: > 0 })
            {
                return;
            }

            // Remove the closing brace and the line feed to add one more property.
            var json = line.WrittenCount - 2;
            scratch.ResetWrittenCount();
            scratch.Write(line.WrittenSpan[..json]);
            line.ResetWrittenCount();
            line.Write(scratch.WrittenSpan);
            line.Write(",\"redo\":\""u8);
        }
        else
        {
            line.Write("{\"kind\":\"State\",\"redo\":\""u8);
        }

        scratch.ResetWrittenCount();
        RedoCodec.Write(scratch, item.Deltas!, item.Event);
        Base64.EncodeToUtf8(scratch.WrittenSpan, line.GetSpan(Base64.GetMaxEncodedToUtf8Length(scratch.WrittenCount)), out _, out var written);
        line.Advance(written);
        line.Write("\"}\n"u8);
    }

    /// <summary>Parses the event of a record; null for a record without one.</summary>
    public static AuditEvent? ReadEvent(ReadOnlySpan<byte> line) =>
        KindOf(line) is { IsEvent: true } && AuditEventJson.TryParse(line.TrimEnd((byte)'\n'), out var auditEvent) ? auditEvent : null;

    /// <summary>Reads the tree changes of a record.</summary>
    /// <exception cref="InvalidDataException">The record is not as it was written.</exception>
    public static IReadOnlyList<(string Root, TreeDelta Delta)> ReadRedo(ReadOnlySpan<byte> line)
    {
        var found = KindOf(line);
        if (found.Redo is not { } redo)
        {
            return [];
        }

        AuditEvent? auditEvent = null;
        if (found.IsEvent && !AuditEventJson.TryParse(line.TrimEnd((byte)'\n'), out auditEvent))
        {
            throw new InvalidDataException("A record of the journal is no event.");
        }

        return RedoCodec.Read(redo, auditEvent);
    }

    private static (bool IsEvent, byte[]? Redo) KindOf(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        var (isEvent, redo) = (false, (byte[]?)null);
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.ValueTextEquals("sequence"u8))
            {
                isEvent = true;
            }
            else if (reader.ValueTextEquals("redo"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out redo))
                {
                    throw new InvalidDataException("The changes of the tree in a record of the journal are not base64.");
                }
            }
        }

        return (isEvent, redo);
    }
}
