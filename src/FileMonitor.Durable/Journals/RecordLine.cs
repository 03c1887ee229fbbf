using System.Text.Json;

namespace FileMonitor.Durable.Journals;

/// <summary>What is looked at in the line of a record, without believing any of it: a line that is no object of JSON has nothing.</summary>
/// <param name="Kind">Its kind; null when it has none.</param>
/// <param name="At">When it was written: <c>emittedAt</c> of an event, <c>at</c> of another record; null when it does not say.</param>
/// <param name="IsEvent">Whether it is an event: it has a sequence number.</param>
/// <param name="Id">The id of an event.</param>
/// <param name="Redo">Where the property <c>redo</c> stands, with the comma before it; empty when there is none.</param>
/// <param name="HasRedo">Whether it has that property.</param>
internal readonly record struct RecordLine(string? Kind, DateTimeOffset? At, bool IsEvent, Guid? Id, Range Redo, bool HasRedo)
{
    private const int MostKindBytes = 64;

    public static RecordLine Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return ReadObject(line);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>The line without what redo needs: as the monitor told the event.</summary>
    public byte[] WithoutRedo(ReadOnlySpan<byte> line)
    {
        if (!HasRedo)
        {
            return line.ToArray();
        }

        // At the first place, where the monitor does not put it, the comma is behind it.
        var rest = line[Redo.End..];
        return [.. line[..Redo.Start], .. Redo.Start.Value == 1 && rest is [(byte)',', ..] ? rest[1..] : rest];
    }

    private static RecordLine ReadObject(ReadOnlySpan<byte> line)
    {
        var found = default(RecordLine);
        var reader = new Utf8JsonReader(line);
        var end = 0L;
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName)
            {
                found = ReadProperty(ref reader, found, (int)end);
            }

            end = reader.BytesConsumed;
        }

        return found;
    }

    /// <param name="reader">At the name; it goes to the value.</param>
    /// <param name="found">What is known already.</param>
    /// <param name="before">Where what stands before the property ends: there is the comma.</param>
    private static RecordLine ReadProperty(ref Utf8JsonReader reader, RecordLine found, int before)
    {
        if (reader.ValueTextEquals("sequence"u8))
        {
            return found with { IsEvent = true };
        }

        if (reader.ValueTextEquals("redo"u8))
        {
            reader.Read();
            reader.Skip();
            return found with { HasRedo = true, Redo = before..(int)reader.BytesConsumed };
        }

        if (reader.ValueTextEquals("kind"u8))
        {
            reader.Read();
            return reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= MostKindBytes && TryGetText(ref reader, out var kind) ? found with { Kind = kind } : found;
        }

        if (reader.ValueTextEquals("id"u8))
        {
            reader.Read();
            return reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var id) ? found with { Id = id } : found;
        }

        if (reader.ValueTextEquals("emittedAt"u8) || reader.ValueTextEquals("at"u8))
        {
            reader.Read();
            return reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var at) ? found with { At = at } : found;
        }

        return found;
    }

    private static bool TryGetText(ref Utf8JsonReader reader, out string? text)
    {
        try
        {
            text = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            // Bytes that are not UTF-8.
            text = null;
            return false;
        }
    }
}
