using System.Text.Json;

namespace FileMonitor.Agent.Queries;

/// <summary>Reads one of the properties of an object, at whose name the reader is. What it leaves unread of the value is skipped.</summary>
internal delegate void PropertyReading(ref Utf8JsonReader reader);

/// <summary>Reads what is wanted of a line of JSON without believing any of it: what is not of the type that it should be, is not there.</summary>
internal static class HostileLine
{
    /// <summary>Reads the properties of the one object that the line is.</summary>
    /// <returns>False when it is not one object of JSON.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, PropertyReading property)
    {
        var reader = new Utf8JsonReader(line);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            ReadProperties(ref reader, property);

            // Reading on finds what stands behind the object.
            return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Reads the properties of the object that is the value of the property at whose name the reader is; none when it is another value.</summary>
    public static void ReadObject(ref Utf8JsonReader reader, PropertyReading property)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadProperties(ref reader, property);
        }
    }

    public static Guid? Id(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var id) ? id : null;

    public static long? Number(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : null;

    public static DateTimeOffset? Time(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time : null;

    public static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        try
        {
            return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or bytes that are not UTF-8.
            return null;
        }
    }

    private static void ReadProperties(ref Utf8JsonReader reader, PropertyReading property)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            property(ref reader);

            // What has been read to its end is left where it is.
            reader.Skip();
        }
    }
}
