using System.Text.Json;
using System.Text.Json.Serialization;

namespace FileMonitor.Durable.Journals;

/// <summary>The record of an acceptance, as it stands in the journal.</summary>
internal sealed record AcceptedRecord
{
    public const string KindName = "Accepted";

    public string Kind { get; init; } = KindName;

    public required DateTimeOffset At { get; init; }

    public required string Who { get; init; }

    public required string Why { get; init; }

    public string? Ticket { get; init; }

    public required IReadOnlyList<Guid> Events { get; init; }

    public byte[] ToLine() => JsonSerializer.SerializeToUtf8Bytes(this, AcceptedRecordJson.Default.AcceptedRecord);

    /// <summary>Null when the line is not such a record.</summary>
    public static AcceptedRecord? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AcceptedRecordJson.Default.AcceptedRecord) is { Who: not null, Why: not null, Events: not null } record ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AcceptedRecord))]
internal sealed partial class AcceptedRecordJson : JsonSerializerContext;
