using System.Text.Json;
using System.Text.Json.Serialization;
using FileMonitor.Durable.Journal.Files;

namespace FileMonitor.Durable.State;

/// <summary>
/// The places of the consumers that acknowledge, in one small file beside the journal, which is replaced as a whole. A file that cannot be read is put aside,
/// and every consumer begins with the oldest event that the journal has: events are told again, and none is lost.
/// </summary>
/// <remarks>Under a lock of its own: consumers acknowledge on any thread.</remarks>
internal sealed class CursorFile
{
    private const string Name = "cursors.json";
    private const int MostBytes = 16 * 1024 * 1024;

    private readonly JournalDirectory _directory;
    private readonly Lock _gate = new();
    private Dictionary<string, CursorPlace> _places = [];
    private bool _isChanged;

    private CursorFile(JournalDirectory directory) => _directory = directory;

    /// <summary>Where a file was put that could not be read; null when it could.</summary>
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

    /// <summary>The place of a consumer; null for a new one.</summary>
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

    /// <summary>Writes what has changed since. One caller at a time.</summary>
    /// <exception cref="IOException">The disk failed, or is full; the file is as it was.</exception>
    public void Save()
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

/// <summary>A place in the journal.</summary>
/// <param name="Acknowledged">Every event up to this sequence number is acknowledged.</param>
/// <param name="Record">The index of the record to read next.</param>
internal readonly record struct CursorPlace(long Acknowledged, long Record);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Dictionary<string, CursorPlace>))]
internal sealed partial class CursorJson : JsonSerializerContext;
