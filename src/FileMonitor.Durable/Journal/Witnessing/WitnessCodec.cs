using System.Buffers;
using System.Text;
using System.Text.Json;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Witnessing;

/// <summary>What a witness keeps over a restart.</summary>
internal sealed record WitnessMemory(string Origin, CompactRange Folded, IReadOnlyList<WitnessedKey> Keys, IReadOnlyList<SeenCheckpoint> Seen, CheckpointNote? Last);

/// <summary>A checkpoint that was found to be true.</summary>
internal readonly record struct SeenCheckpoint(long Size, byte[] Root);

/// <summary>The memory of a witness as bytes: JSON with base64, at most about 20 KB.</summary>
internal static class WitnessCodec
{
    private const int Version = 1;

    public static byte[] Write(WitnessMemory memory)
    {
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteNumber("witness"u8, Version);
        json.WriteString("origin"u8, memory.Origin);
        json.WriteNumber("size"u8, memory.Folded.Size);
        json.WriteStartArray("range"u8);
        for (var i = 0; i < memory.Folded.Count; i++)
        {
            json.WriteBase64StringValue(memory.Folded[i]);
        }

        json.WriteEndArray();
        json.WriteStartArray("keys"u8);
        foreach (var key in memory.Keys)
        {
            json.WriteStartObject();
            json.WriteNumber("after"u8, key.After);
            json.WriteBase64String("key"u8, key.Spki);
            json.WriteBase64String("root"u8, key.RootBefore);
            json.WriteBoolean("proved"u8, key.IsProved);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("seen"u8);
        foreach (var seen in memory.Seen)
        {
            json.WriteStartObject();
            json.WriteNumber("size"u8, seen.Size);
            json.WriteBase64String("root"u8, seen.Root);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("last"u8, memory.Last is null ? "" : Encoding.UTF8.GetString(memory.Last.ToBytes()));
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes were not written by <see cref="Write"/>.</exception>
    public static WitnessMemory Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            var range = CompactRange.TryRestore(
                root.GetProperty("size").GetInt64(),
                [.. root.GetProperty("range").EnumerateArray().Select(hash => hash.GetBytesFromBase64())]);
            var keys = root.GetProperty("keys").EnumerateArray().Select(ReadKey).ToList();
            var last = root.GetProperty("last").GetString()!;
            var note = last.Length == 0 ? null : CheckpointNote.TryRead(Encoding.UTF8.GetBytes(last), out _);
            return root.GetProperty("witness").GetInt32() == Version && range is not null && keys.Count is > 0 and <= WitnessedKeys.Most && (note is null) == (last.Length == 0)
                ? new(root.GetProperty("origin").GetString()!, range, keys, [.. root.GetProperty("seen").EnumerateArray().Select(ReadSeen)], note)
                : throw new FormatException();
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException("The bytes are no state of a witness.", wrong);
        }
    }

    private static WitnessedKey ReadKey(JsonElement key)
    {
        var spki = key.GetProperty("key").GetBytesFromBase64();
        using var imported = PublicKey.TryImport(spki) ?? throw new FormatException();
        return new(key.GetProperty("after").GetInt64(), spki, key.GetProperty("root").GetBytesFromBase64(), key.GetProperty("proved").GetBoolean());
    }

    private static SeenCheckpoint ReadSeen(JsonElement seen) => new(seen.GetProperty("size").GetInt64(), seen.GetProperty("root").GetBytesFromBase64());
}
