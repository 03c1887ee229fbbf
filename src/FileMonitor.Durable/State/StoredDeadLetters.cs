using System.Buffers;
using System.Globalization;
using System.Text.Json;
using FileMonitor.Delivery;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.JsonLines;

namespace FileMonitor.Durable.State;

/// <summary>
/// The dead letters of one handler, in a file of lines of JSON that is replaced as a whole. The events themselves are in it, because retention deletes segments of the journal. A
/// damaged file is moved aside.
/// </summary>
/// <remarks>Thread-safe by its own lock, which is held while the file is written.</remarks>
internal sealed class StoredDeadLetters : IDeadLetterList
{
    public const string Prefix = "dead-letters-";
    public const string Extension = ".ndjson";

    private const int MostBytes = 1024 * 1024 * 1024;

    private readonly JournalDirectory _directory;
    private readonly string _name;
    private readonly Lock _gate = new();
    private List<DeadLetter> _letters;

    private StoredDeadLetters(JournalDirectory directory, string name, List<DeadLetter> letters) => (_directory, _name, _letters) = (directory, name, letters);

    public IReadOnlyList<DeadLetter> Letters
    {
        get
        {
            lock (_gate)
            {
                return _letters;
            }
        }
    }

    /// <param name="directory">The directory of the state.</param>
    /// <param name="handler">The name of the handler: letters, digits, '-', '_' and '.'.</param>
    /// <param name="now">The time, for the name of a damaged file.</param>
    /// <param name="damagedFile">The new path of a damaged file; null when the file was read, or there was none.</param>
    public static StoredDeadLetters Open(JournalDirectory directory, string handler, DateTimeOffset now, out string? damagedFile)
    {
        var name = Prefix + handler + Extension;
        damagedFile = null;
        try
        {
            return new StoredDeadLetters(directory, name, directory.Has(name) ? Read(directory.ReadAll(name, MostBytes)) : []);
        }
        catch (JsonException)
        {
            var aside = $"{name}.corrupt-{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
            directory.Move(name, aside);
            damagedFile = directory.PathOf(aside);
            return new StoredDeadLetters(directory, name, []);
        }
    }

    /// <exception cref="JsonException">The text is not that of dead letters.</exception>
    public static List<DeadLetter> Read(ReadOnlySpan<byte> text)
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

    public void Add(DeadLetter letter)
    {
        lock (_gate)
        {
            Replace([.. _letters, letter]);
        }
    }

    public bool Remove(Guid eventId)
    {
        lock (_gate)
        {
            var left = _letters.FindAll(letter => letter.Event.Id != eventId);
            if (left.Count == _letters.Count)
            {
                return false;
            }

            Replace(left);
            return true;
        }
    }

    private void Replace(List<DeadLetter> letters)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (var letter in letters)
        {
            WriteLine(text, letter);
        }

        _directory.Publish(_name, text.WrittenMemory);
        _letters = letters;
    }

    private static void WriteLine(ArrayBufferWriter<byte> text, DeadLetter letter)
    {
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
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
