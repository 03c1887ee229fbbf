using System.Buffers;
using System.Text.Json;
using FileMonitor.Collector.Storage;

namespace FileMonitor.Collector.Api;

/// <summary>Records as JSON. All that is not ASCII, and what a browser could take for markup, is escaped by the writer.</summary>
internal static class EventJson
{
    public static void Write(Utf8JsonWriter json, FoundRecord record)
    {
        json.WriteStartObject();
        json.WriteString("host"u8, record.Host);
        json.WriteString("origin"u8, record.Origin);
        json.WriteNumber("journal"u8, record.Journal);
        json.WriteNumber("index"u8, record.Index);
        json.WriteString("storedAt"u8, record.StoredAt);
        json.WriteBoolean("isProved"u8, record.IsProved);
        json.WritePropertyName("event"u8);
        json.WriteRawValue(Event(record.Line), skipInputValidation: true);
        json.WriteEndObject();
    }

    /// <summary>Without <c>redo</c>, which has the changes of the tree in a form that nobody else reads.</summary>
    private static ReadOnlySpan<byte> Event(byte[] line)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            using var json = new Utf8JsonWriter(output);
            using var document = JsonDocument.Parse(line);
            json.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject().Where(property => !property.NameEquals("redo"u8)))
            {
                property.WriteTo(json);
            }

            json.WriteEndObject();
            json.Flush();
            return output.WrittenSpan;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair can be written in JSON and is no text. The line itself is in the database.
            return Readable(RecordColumns.TryRead(line)!);
        }
    }

    private static ReadOnlySpan<byte> Readable(RecordColumns columns)
    {
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("kind"u8, columns.Kind);
        json.WriteString("path"u8, columns.Path);
        if (columns.OccurredAt is { } at)
        {
            json.WriteString("occurredAt"u8, at);
        }

        json.WriteString("detail"u8, "The record has a text that is none, and is shown in part.");
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan;
    }
}
