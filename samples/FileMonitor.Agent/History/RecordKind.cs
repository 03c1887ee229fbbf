using System.Text.Json;

namespace FileMonitor.Agent.History;

/// <summary>What a record of a journal says about whether all was watched: read from the begin of its line, since most say nothing.</summary>
internal static class RecordKind
{
    public const int Other = 0;
    public const int Started = 1;
    public const int Stopped = 2;
    public const int Recovered = 3;

    /// <summary>An event about a gap or a root.</summary>
    public const int Watching = 4;

    /// <summary>The kind of a line; a line that is no object of JSON is another.</summary>
    public static int Of(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        try
        {
            while (reader.Read())
            {
                if (reader is { CurrentDepth: 1, TokenType: JsonTokenType.PropertyName } && reader.ValueTextEquals("kind"u8))
                {
                    return reader.Read() && reader.TokenType == JsonTokenType.String ? OfValue(ref reader) : Other;
                }
            }
        }
        catch (JsonException)
        {
            // Who searches or verifies the journal is told of it.
        }

        return Other;
    }

    private static int OfValue(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("Gap"u8) || reader.ValueTextEquals("RootLost"u8) || reader.ValueTextEquals("RootRestored"u8) ? Watching
        : reader.ValueTextEquals("Started"u8) ? Started
        : reader.ValueTextEquals("Stopped"u8) ? Stopped
        : reader.ValueTextEquals("Recovered"u8) ? Recovered
        : Other;
}
