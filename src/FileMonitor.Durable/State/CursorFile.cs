using System.Text.Json;
using System.Text.Json.Serialization;
using FileMonitor.Durable.Journal.Files;

namespace FileMonitor.Durable.State;

/// <summary>
/// The positions of consumers that acknowledge, in one small file that is replaced as a whole. A damaged file is moved aside, and every consumer begins with the
/// oldest event of the journal: events are delivered again, and none is lost.
/// </summary>
/// <remarks>Thread-safe by its own lock, because consumers acknowledge on any thread.</remarks>
internal sealed class CursorFile
{
    private const string Name = "cursors.json";
    private const int MostBytes = 16 * 1024 * 1024;

    private readonly JournalDirectory _directory;
    private readonly Lock _gate = new();
    private readonly Lock _saving = new();
    private Dictionary<string, CursorPlace> _places = [];
    private bool _isChanged;

    private CursorFile(JournalDirectory directory) => _directory = directory;

    /// <summary>The new path of a damaged file; null when the file was read.</summary>
    public string? DamagedFile { get; private set; }

    public static CursorFile Open(string directory, DateTimeOffset now)
    {
        var file = new CursorFile(new JournalDirectory(directory, JournalDevice.Instance));
        try
        {
            if (file._directory.Has(Name))
            {
                file._places = JsonSerializer.Deserialize(file._directory.ReadAll(Name, MostBytes), CursorJson.Default.DictionaryStringCursorPlace) ?? throw new JsonException("It is null.");
            }
        }
        catch (JsonException)
        {
            var aside = $"{Name}.corrupt-{now.UtcDateTime:yyyyMMddTHHmmssZ}";
            file._directory.Move(Name, aside);
            file.DamagedFile = file._directory.PathOf(aside);
        }

        return file;
    }

    /// <summary>The position of a consumer; null for a new one.</summary>
    public CursorPlace? Find(string name)
    {
        lock (_gate)
        {
            return _places.TryGetValue(name, out var place) ? place : null;
        }
    }

    public IReadOnlyList<(string Name, CursorPlace Place)> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _places.Select(one => (one.Key, one.Value))];
            }
        }
    }

    public void Set(string name, CursorPlace place)
    {
        lock (_gate)
        {
            _places[name] = place;
            _isChanged = true;
        }
    }

    /// <summary>Writes the file if a position has changed. Any thread.</summary>
    /// <exception cref="IOException">The disk failed or is full; the file is unchanged.</exception>
    public void Save()
    {
        lock (_saving)
        {
            SaveChanges();
        }
    }

    private void SaveChanges()
    {
        byte[] json;
        lock (_gate)
        {
            if (!_isChanged)
            {
                return;
            }

            json = JsonSerializer.SerializeToUtf8Bytes(_places, CursorJson.Default.DictionaryStringCursorPlace);
            _isChanged = false;
        }

        try
        {
            _directory.Publish(Name, json);
        }
        catch
        {
            lock (_gate)
            {
                _isChanged = true;
            }

            throw;
        }
    }
}

/// <summary>A position in the journal.</summary>
/// <param name="Acknowledged">Every event up to this sequence number is acknowledged.</param>
/// <param name="Record">The index of the next record to read.</param>
internal readonly record struct CursorPlace(long Acknowledged, long Record);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Dictionary<string, CursorPlace>))]
internal sealed partial class CursorJson : JsonSerializerContext;
