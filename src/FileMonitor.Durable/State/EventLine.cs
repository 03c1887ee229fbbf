using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using FileMonitor.Delivery;
using FileMonitor.JsonLines;
using FileMonitor.Tree;

namespace FileMonitor.Durable.State;

/// <summary>
/// A record of the journal that comes from the monitor: the JSON of an event with one property more, <c>redo</c>, which has the changes of the tree; or, for changes
/// that no event tells, a record of the kind <c>State</c> with that property alone. docs/durable.md has the form.
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

            // Without the brace and the line feed: one property more.
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

    /// <summary>The event of a record; null for a record that is none.</summary>
    public static AuditEvent? ReadEvent(ReadOnlySpan<byte> line) =>
        KindOf(line) is { IsEvent: true } && AuditEventJson.TryParse(line.TrimEnd((byte)'\n'), out var auditEvent) ? auditEvent : null;

    /// <summary>The changes of the tree that a record has.</summary>
    /// <exception cref="InvalidDataException">They are not what was written.</exception>
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
