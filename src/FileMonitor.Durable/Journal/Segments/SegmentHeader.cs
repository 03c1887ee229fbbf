using System.Globalization;
using System.Text;
using System.Text.Json;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Segments;

/// <summary>
/// The first line of a segment: which journal, and the tree over all records before it. It is no record and no leaf; the first checkpoint beside the
/// segment is about the same tree. It has one way to be written.
/// </summary>
internal static class SegmentHeader
{
    public const int MostBytes = 4096;

    private const int Version = 1;

    public static byte[] ToBytes(string origin, CompactRange range)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{{\"journal\":{Version},\"origin\":\"{origin}\",\"first\":{range.Size},\"range\":[");
        for (var i = 0; i < range.Count; i++)
        {
            text.Append(i == 0 ? "\"" : ",\"").Append(Convert.ToBase64String(range[i])).Append('"');
        }

        return Encoding.UTF8.GetBytes(text.Append("]}\n").ToString());
    }

    /// <summary>Null when the line, with its LF, is no header.</summary>
    public static (string Origin, CompactRange Range)? TryRead(ReadOnlySpan<byte> line)
    {
        if (line.Length > MostBytes)
        {
            return null;
        }

        try
        {
            using var header = JsonDocument.Parse(line.ToArray());
            var fields = header.RootElement;
            if (fields.ValueKind != JsonValueKind.Object
                || !fields.TryGetProperty("origin"u8, out var origin) || origin.ValueKind != JsonValueKind.String
                || !fields.TryGetProperty("first"u8, out var first) || first.ValueKind != JsonValueKind.Number || !first.TryGetInt64(out var size)
                || !fields.TryGetProperty("range"u8, out var range) || range.ValueKind != JsonValueKind.Array)
            {
                return null;
            }

            var hashes = range.EnumerateArray().Select(hash => hash.ValueKind == JsonValueKind.String ? CheckpointNote.TryBase64(hash.GetString()!) ?? [] : []).ToList();
            return CompactRange.TryRestore(size, hashes) is { } before && ToBytes(origin.GetString()!, before).AsSpan().SequenceEqual(line)
                ? (origin.GetString()!, before)
                : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string in it is not text.
            return null;
        }
    }
}
