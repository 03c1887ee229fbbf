using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using FileMonitor.Agent.Queries;

namespace FileMonitor.Collector.Storage;

/// <summary>What a record is searched by, as far as it says so. Everything in it may be hostile: what cannot be stored in a column is left out, and is still in the line.</summary>
internal sealed class RecordColumns
{
    private const int MostUserLetters = 256;

    private string? _userId;

    public Guid? Id { get; private set; }

    public string? Kind { get; private set; }

    public string? Origin { get; private set; }

    public string? Monitor { get; private set; }

    public string? Path { get; private set; }

    public string? OldPath { get; private set; }

    public string? Root { get; private set; }

    public byte[]? Sha256 { get; private set; }

    public string? User { get; private set; }

    public string? Program { get; private set; }

    public int? ProcessId { get; private set; }

    /// <summary>When it happened; null for a record that tells nothing that happened.</summary>
    public DateTime? OccurredAt { get; private set; }

    /// <summary>The first eight bytes of the checksum.</summary>
    public long? ShaKey => Sha256 is null ? null : KeyOf(Sha256);

    public static long KeyOf(ReadOnlySpan<byte> sha256) => BinaryPrimitives.ReadInt64BigEndian(sha256);

    /// <summary>Null when the line is not one object of JSON.</summary>
    public static RecordColumns? TryRead(ReadOnlySpan<byte> line)
    {
        var columns = new RecordColumns();
        if (!HostileLine.TryRead(line, columns.ReadProperty))
        {
            return null;
        }

        columns.User ??= columns._userId;
        columns.User = columns.User is { Length: > MostUserLetters } ? columns.User[..MostUserLetters] : columns.User;
        return columns;
    }

    private void ReadProperty(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("id"u8))
        {
            Id = HostileLine.Id(ref reader);
        }
        else if (reader.ValueTextEquals("kind"u8))
        {
            Kind = Text(ref reader);
        }
        else if (reader.ValueTextEquals("origin"u8))
        {
            Origin = Text(ref reader);
        }
        else if (reader.ValueTextEquals("monitor"u8))
        {
            Monitor = Text(ref reader);
        }
        else if (reader.ValueTextEquals("path"u8))
        {
            Path = Text(ref reader);
        }
        else if (reader.ValueTextEquals("oldPath"u8))
        {
            OldPath = Text(ref reader);
        }
        else if (reader.ValueTextEquals("root"u8))
        {
            Root = Text(ref reader);
        }
        else if (reader.ValueTextEquals("sha256"u8))
        {
            Sha256 = TryChecksum(Text(ref reader));
        }
        else if (reader.ValueTextEquals("occurredAt"u8) || reader.ValueTextEquals("at"u8))
        {
            OccurredAt = HostileLine.Time(ref reader)?.UtcDateTime;
        }
        else if (reader.ValueTextEquals("actor"u8))
        {
            HostileLine.ReadObject(ref reader, ReadActor);
        }
    }

    private void ReadActor(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("userName"u8))
        {
            User = Text(ref reader);
        }
        else if (reader.ValueTextEquals("userId"u8))
        {
            _userId = HostileLine.Number(ref reader)?.ToString(CultureInfo.InvariantCulture);
        }
        else if (reader.ValueTextEquals("executable"u8))
        {
            Program = Text(ref reader);
        }
        else if (reader.ValueTextEquals("processId"u8))
        {
            ProcessId = HostileLine.Number(ref reader) is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : null;
        }
    }

    // PostgreSQL has no zero in a text.
    private static string? Text(ref Utf8JsonReader reader) => HostileLine.Text(ref reader)?.Replace('\0', '\uFFFD');

    public static byte[]? TryChecksum(string? text)
    {
        if (text is not { Length: 64 })
        {
            return null;
        }

        var bytes = new byte[32];
        return Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done ? bytes : null;
    }
}
