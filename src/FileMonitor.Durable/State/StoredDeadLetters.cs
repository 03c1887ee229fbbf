using System.Buffers;
using System.Globalization;
using System.Text.Json;
using FileMonitor.Delivery;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.JsonLines;

namespace FileMonitor.Durable.State;

/// <summary>
/// The file of a handler's dead letters: lines of JSON, replaced as a whole. The events themselves are in it, because retention deletes segments of the journal.
/// </summary>
internal static class StoredDeadLetters
{
    public const string Prefix = "dead-letters-";
    public const string Extension = ".ndjson";

    private const int MostBytes = 1024 * 1024 * 1024;

    /// <summary>Opens the list of a handler. A damaged file is moved aside.</summary>
    /// <param name="directory">The directory of the state.</param>
    /// <param name="handler">The name of the handler: letters, digits, '-', '_' and '.'.</param>
    /// <param name="now">The time, for the name of a damaged file.</param>
    /// <param name="damagedFile">The new path of a damaged file; null when the file was read, or there was none.</param>
    public static DeadLetterList Open(JournalDirectory directory, string handler, DateTimeOffset now, out string? damagedFile)
    {
        var name = Prefix + handler + Extension;
        damagedFile = null;
        List<DeadLetter> letters = [];
        try
        {
            letters = directory.Has(name) ? Read(directory, name) : [];
        }
        catch (JsonException)
        {
            var aside = $"{name}.corrupt-{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
            directory.Move(name, aside);
            damagedFile = directory.PathOf(aside);
        }

        return new DeadLetterList(letters, changed => Write(directory, name, changed));
    }

    /// <summary>Reads the letters of a file.</summary>
    /// <exception cref="JsonException">The file is damaged.</exception>
    public static List<DeadLetter> Read(JournalDirectory directory, string name) => Read(directory.ReadAll(name, MostBytes));

    /// <exception cref="JsonException">The text is not that of dead letters.</exception>
    private static List<DeadLetter> Read(ReadOnlySpan<byte> text)
    {
        var letters = new List<DeadLetter>();
        foreach (var range in text.Split((byte)'\n'))
        {
            if (text[range] is { IsEmpty: false } line)
            {
                letters.Add(ReadLine(line));
            }
        }

        return letters;
    }

    private static void Write(JournalDirectory directory, string name, IReadOnlyList<DeadLetter> letters)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (var letter in letters)
        {
            WriteLine(text, handler: null, letter);
        }

        directory.Publish(name, text.WrittenMemory);
    }

    /// <summary>Appends one line.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="handler">The name of the handler; null in a file that is that handler's.</param>
    /// <param name="letter">The letter.</param>
    public static void WriteLine(IBufferWriter<byte> text, string? handler, DeadLetter letter)
    {
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            if (handler is not null)
            {
                json.WriteString("handler"u8, handler);
            }

            json.WriteString("at"u8, letter.At);
            json.WriteNumber("attempts"u8, letter.Attempts);
            json.WriteString("error"u8, letter.Error);
            json.WritePropertyName("event"u8);
            JsonSerializer.Serialize(json, letter.Event, AuditEventJson.TypeInfo);
            json.WriteEndObject();
        }

        text.Write("\n"u8);
    }

    private static DeadLetter ReadLine(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using var document = JsonDocument.ParseValue(ref reader);
            var letter = document.RootElement;
            return new DeadLetter(
                AuditEventJson.Parse(letter.GetProperty("event"u8).GetRawText()),
                letter.GetProperty("attempts"u8).GetInt32(),
                letter.GetProperty("error"u8).GetString() ?? "",
                letter.GetProperty("at"u8).GetDateTimeOffset());
        }
        catch (Exception wrong) when (wrong is KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new JsonException("The line is no dead letter.", wrong);
        }
    }
}
