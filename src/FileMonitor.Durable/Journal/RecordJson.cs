using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FileMonitor.Durable.Journal;

/// <summary>What the journal itself looks at in a record: whether it is an object of JSON, its sequence number, and whether it changes the key.</summary>
internal readonly record struct RecordJson(long? Sequence, bool IsKeyChanged)
{
    private const string KeyChanged = "KeyChanged";

    /// <summary>The word without which no record names a key, as long as it is not written with escapes, which the journal does not do.</summary>
    public static ReadOnlySpan<byte> KeyChangedName => "KeyChanged"u8;

    /// <summary>Null when the line is not one object of JSON.</summary>
    public static RecordJson? TryRead(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        long? sequence = null;
        var isKeyChanged = false;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read())
            {
                if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                if (reader.ValueTextEquals("sequence"u8))
                {
                    reader.Read();
                    sequence = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : null;
                }
                else if (reader.ValueTextEquals("kind"u8))
                {
                    reader.Read();
                    isKeyChanged = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(KeyChanged);
                }
            }

            return new(sequence, isKeyChanged);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The record that names the key of the checkpoints after it, with its LF.</summary>
    public static byte[] OfNextKey(ReadOnlySpan<byte> spki, DateTimeOffset now) =>
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"kind\":\"{KeyChanged}\",\"at\":\"{now.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}\",\"publicKey\":\"{Convert.ToBase64String(spki)}\"}}\n"));

    /// <summary>The key that such a record names; null when it is none, or names none.</summary>
    public static byte[]? NextKey(ReadOnlySpan<byte> line)
    {
        if (TryRead(line) is not { IsKeyChanged: true })
        {
            return null;
        }

        using var record = JsonDocument.Parse(line.ToArray());
        return record.RootElement.TryGetProperty("publicKey"u8, out var key) && key.ValueKind == JsonValueKind.String && key.TryGetBytesFromBase64(out var spki) ? spki : null;
    }
}
