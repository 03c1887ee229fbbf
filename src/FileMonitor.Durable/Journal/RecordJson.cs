using System.Globalization;
using System.Text;
using System.Text.Json;

namespace FileMonitor.Durable.Journal;

/// <summary>What the journal itself looks at in a record: whether it is an object of JSON, its sequence number, whether it changes the key, and which records it says were signed late.</summary>
internal readonly record struct RecordJson(long? Sequence, bool IsKeyChanged, SignedLater? SignedLater)
{
    private const string KeyChanged = "KeyChanged";
    private const string Recovered = "Recovered";

    /// <summary>The word without which no record names a key, as long as it is not written with escapes, which the journal does not do.</summary>
    public static ReadOnlySpan<byte> KeyChangedName => "KeyChanged"u8;

    /// <summary>Null when the line is not one object of JSON.</summary>
    public static RecordJson? TryRead(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        long? sequence = null;
        var (isKeyChanged, isRecovered) = (false, false);
        var (first, last, at) = ((long?)null, (long?)null, (DateTimeOffset?)null);
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
                    sequence = Number(ref reader);
                }
                else if (reader.ValueTextEquals("kind"u8))
                {
                    reader.Read();
                    isKeyChanged = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(KeyChanged);
                    isRecovered = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(Recovered);
                }
                else if (reader.ValueTextEquals("firstUnsigned"u8))
                {
                    reader.Read();
                    first = Number(ref reader);
                }
                else if (reader.ValueTextEquals("lastUnsigned"u8))
                {
                    reader.Read();
                    last = Number(ref reader);
                }
                else if (reader.ValueTextEquals("at"u8))
                {
                    reader.Read();
                    at = reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time : null;
                }
            }

            return new(sequence, isKeyChanged, isRecovered && first is { } from && last is { } to && at is { } since ? new(from, to, since) : null);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static long? Number(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : null;

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

/// <summary>Records that no checkpoint covered when a process ended, by the record that the next one wrote behind them.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
/// <param name="At">When they were found: since then they are signed.</param>
internal readonly record struct SignedLater(long First, long Last, DateTimeOffset At);
