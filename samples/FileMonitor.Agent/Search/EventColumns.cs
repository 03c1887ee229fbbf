using System.Globalization;
using System.Text.Json;

namespace FileMonitor.Agent.Search;

/// <summary>
/// What an event is searched by, read from its line without making the event: most lines that a search reads are not what it looks for. Nothing of the line is believed: what is not as an
/// event has it, is not there.
/// </summary>
internal sealed class EventColumns
{
    public Guid? Id { get; private set; }

    public long? Sequence { get; private set; }

    public string? Kind { get; private set; }

    public string? Origin { get; private set; }

    public string? Monitor { get; private set; }

    public string? Path { get; private set; }

    public string? OldPath { get; private set; }

    public string? Sha256 { get; private set; }

    public long? Size { get; private set; }

    public DateTimeOffset? OccurredAt { get; private set; }

    /// <summary>When it was told; for a record that is no event, when it was written.</summary>
    public DateTimeOffset? ToldAt { get; private set; }

    public string? UserName { get; private set; }

    public string? UserId { get; private set; }

    public string? Program { get; private set; }

    public string? Detail { get; private set; }

    /// <summary>Null when the line is not one object of JSON.</summary>
    public static EventColumns? TryRead(ReadOnlySpan<byte> line)
    {
        var columns = new EventColumns();
        var reader = new Utf8JsonReader(line);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                columns.ReadProperty(ref reader);
            }

            return reader.TokenType == JsonTokenType.EndObject && !reader.Read() ? columns : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void ReadProperty(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            Id = reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var id) ? id : null;
        }
        else if (reader.ValueTextEquals("sequence"u8))
        {
            Sequence = Number(ref reader);
        }
        else if (reader.ValueTextEquals("size"u8))
        {
            Size = Number(ref reader);
        }
        else if (reader.ValueTextEquals("occurredAt"u8))
        {
            OccurredAt = Time(ref reader);
        }
        else if (reader.ValueTextEquals("emittedAt"u8) || reader.ValueTextEquals("at"u8))
        {
            ToldAt = Time(ref reader);
        }
        else if (reader.ValueTextEquals("actor"u8))
        {
            reader.Read();
            ReadActor(ref reader);
        }
        else
        {
            ReadText(ref reader);
        }

        // What has been read to its end is left where it is.
        reader.Skip();
    }

    private void ReadText(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("kind"u8))
        {
            Kind = Text(ref reader);
        }
        else if (reader.ValueTextEquals("origin"u8))
        {
            Origin = Text(ref reader);
        }
        else if (reader.ValueTextEquals("monitor"u8))
        {
            Monitor = Text(ref reader);
        }
        else if (reader.ValueTextEquals("path"u8))
        {
            Path = Text(ref reader);
        }
        else if (reader.ValueTextEquals("oldPath"u8))
        {
            OldPath = Text(ref reader);
        }
        else if (reader.ValueTextEquals("sha256"u8))
        {
            Sha256 = Text(ref reader);
        }
        else if (reader.ValueTextEquals("detail"u8))
        {
            Detail = Text(ref reader);
        }
    }

    private void ReadActor(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("userName"u8))
            {
                UserName = Text(ref reader);
            }
            else if (reader.ValueTextEquals("userId"u8))
            {
                UserId = Number(ref reader)?.ToString(CultureInfo.InvariantCulture);
            }
            else if (reader.ValueTextEquals("executable"u8))
            {
                Program = Text(ref reader);
            }

            reader.Skip();
        }
    }

    private static long? Number(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : null;

    private static DateTimeOffset? Time(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time : null;

    private static string? Text(ref Utf8JsonReader reader)
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
}
