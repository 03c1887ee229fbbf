using System.Globalization;
using System.Text.Json;

namespace FileMonitor.Sinks.Otlp;

/// <summary>Writes attributes, <c>KeyValue</c> in JSON. What is null or empty is left out.</summary>
internal static class OtlpAttributes
{
    public static void WriteAttribute(this Utf8JsonWriter writer, ReadOnlySpan<byte> key, ReadOnlySpan<char> value)
    {
        if (!value.IsEmpty)
        {
            WriteStart(writer, key);
            writer.WriteString("stringValue"u8, value);
            WriteEnd(writer);
        }
    }

    public static void WriteAttribute(this Utf8JsonWriter writer, ReadOnlySpan<byte> key, long? value)
    {
        if (value is { } number)
        {
            WriteStart(writer, key);

            // A text: an integer of 64 bits is one in the JSON of protocol buffers.
            writer.WriteString("intValue"u8, Digits(number));
            WriteEnd(writer);
        }
    }

    public static void WriteAttribute(this Utf8JsonWriter writer, ReadOnlySpan<byte> key, bool value)
    {
        WriteStart(writer, key);
        writer.WriteBoolean("boolValue"u8, value);
        WriteEnd(writer);
    }

    public static void WriteAttribute(this Utf8JsonWriter writer, ReadOnlySpan<byte> key, DateTimeOffset? value) =>
        writer.WriteAttribute(key, value?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));

    /// <summary>A number that is an identity, and therefore a text.</summary>
    public static void WriteIdentity(this Utf8JsonWriter writer, ReadOnlySpan<byte> key, long? value) => writer.WriteAttribute(key, value is { } number ? Digits(number) : null);

    public static void WriteAttribute(this Utf8JsonWriter writer, ReadOnlySpan<byte> key, IReadOnlyList<string> values)
    {
        WriteStart(writer, key);
        writer.WriteStartObject("arrayValue"u8);
        writer.WriteStartArray("values"u8);
        foreach (var value in values)
        {
            writer.WriteStartObject();
            writer.WriteString("stringValue"u8, value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        WriteEnd(writer);
    }

    private static void WriteStart(Utf8JsonWriter writer, ReadOnlySpan<byte> key)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, key);
        writer.WriteStartObject("value"u8);
    }

    private static void WriteEnd(Utf8JsonWriter writer)
    {
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}
