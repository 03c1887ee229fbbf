using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace FileMonitor.Collector.Storage;

/// <summary>What a record is searched by, as far as it says so. Everything in it may be hostile: what cannot be stored in a column is left out, and is still in the line.</summary>
internal sealed class RecordColumns
{
    private const int MostUserLetters = 256;

    public Guid? Id { get; private set; }

    public string? Kind { get; private set; }

    public string? Origin { get; private set; }

    public string? Monitor { get; private set; }

    public string? Path { get; private set; }

    public string? OldPath { get; private set; }

    public string? Root { get; private set; }

    public byte[]? Sha256 { get; private set; }

    public string? User { get; private set; }

    public string? Program { get; private set; }

    public int? ProcessId { get; private set; }

    /// <summary>When it happened; null for a record that tells nothing that happened.</summary>
    public DateTime? OccurredAt { get; private set; }

    /// <summary>The first eight bytes of the checksum.</summary>
    public long? ShaKey => Sha256 is null ? null : KeyOf(Sha256);

    public static long KeyOf(ReadOnlySpan<byte> sha256) => BinaryPrimitives.ReadInt64BigEndian(sha256);

    /// <summary>Null when the line is not one object of JSON.</summary>
    public static RecordColumns? TryRead(ReadOnlySpan<byte> line)
    {
        var columns = new RecordColumns();
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

            // Reading on finds what stands behind the object.
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
        else if (reader.ValueTextEquals("kind"u8))
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
        else if (reader.ValueTextEquals("root"u8))
        {
            Root = Text(ref reader);
        }
        else if (reader.ValueTextEquals("sha256"u8))
        {
            Sha256 = TryChecksum(Text(ref reader));
        }
        else if (reader.ValueTextEquals("occurredAt"u8) || reader.ValueTextEquals("at"u8))
        {
            reader.Read();
            OccurredAt = reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var at) ? at.UtcDateTime : null;
        }
        else if (reader.ValueTextEquals("actor"u8))
        {
            reader.Read();
            ReadActor(ref reader);
        }

        // What has been read to its end is left where it is.
        reader.Skip();
    }

    private void ReadActor(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        string? userId = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("userName"u8))
            {
                User = Text(ref reader);
            }
            else if (reader.ValueTextEquals("userId"u8))
            {
                reader.Read();
                userId = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number.ToString(CultureInfo.InvariantCulture) : null;
            }
            else if (reader.ValueTextEquals("executable"u8))
            {
                Program = Text(ref reader);
            }
            else if (reader.ValueTextEquals("processId"u8))
            {
                reader.Read();
                ProcessId = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : null;
            }

            reader.Skip();
        }

        User ??= userId;
        User = User is { Length: > MostUserLetters } ? User[..MostUserLetters] : User;
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        try
        {
            // PostgreSQL has no zero in a text.
            return reader.TokenType == JsonTokenType.String ? reader.GetString()!.Replace('\0', '\uFFFD') : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, or bytes that are not UTF-8.
            return null;
        }
    }

    public static byte[]? TryChecksum(string? text)
    {
        if (text is not { Length: 64 })
        {
            return null;
        }

        var bytes = new byte[32];
        return Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done ? bytes : null;
    }
}
