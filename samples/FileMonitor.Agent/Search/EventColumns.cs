using System.Globalization;
using System.Text.Json;
using FileMonitor.Agent.Queries;

namespace FileMonitor.Agent.Search;

/// <summary>
/// What an event is searched by, read from its line without making the event: most lines that a search reads are not what it looks for. Nothing of the line is believed: what is not as an
/// event has it, is not there.
/// </summary>
internal sealed class EventColumns
{
    public Guid? Id { get; private set; }

    public long? Sequence { get; private set; }

    public string? Kind { get; private set; }

    public string? Origin { get; private set; }

    public string? Monitor { get; private set; }

    public string? Path { get; private set; }

    public string? OldPath { get; private set; }

    public string? Sha256 { get; private set; }

    public long? Size { get; private set; }

    public DateTimeOffset? OccurredAt { get; private set; }

    /// <summary>When it was told; for a record that is no event, when it was written.</summary>
    public DateTimeOffset? ToldAt { get; private set; }

    public string? UserName { get; private set; }

    public string? UserId { get; private set; }

    public string? Program { get; private set; }

    public string? Detail { get; private set; }

    /// <summary>Null when the line is not one object of JSON.</summary>
    public static EventColumns? TryRead(ReadOnlySpan<byte> line)
    {
        var columns = new EventColumns();
        return HostileLine.TryRead(line, columns.ReadProperty) ? columns : null;
    }

    private void ReadProperty(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("id"u8))
        {
            Id = HostileLine.Id(ref reader);
        }
        else if (reader.ValueTextEquals("sequence"u8))
        {
            Sequence = HostileLine.Number(ref reader);
        }
        else if (reader.ValueTextEquals("size"u8))
        {
            Size = HostileLine.Number(ref reader);
        }
        else if (reader.ValueTextEquals("occurredAt"u8))
        {
            OccurredAt = HostileLine.Time(ref reader);
        }
        else if (reader.ValueTextEquals("emittedAt"u8) || reader.ValueTextEquals("at"u8))
        {
            ToldAt = HostileLine.Time(ref reader);
        }
        else if (reader.ValueTextEquals("actor"u8))
        {
            HostileLine.ReadObject(ref reader, ReadActor);
        }
        else
        {
            ReadText(ref reader);
        }
    }

    private void ReadText(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("kind"u8))
        {
            Kind = HostileLine.Text(ref reader);
        }
        else if (reader.ValueTextEquals("origin"u8))
        {
            Origin = HostileLine.Text(ref reader);
        }
        else if (reader.ValueTextEquals("monitor"u8))
        {
            Monitor = HostileLine.Text(ref reader);
        }
        else if (reader.ValueTextEquals("path"u8))
        {
            Path = HostileLine.Text(ref reader);
        }
        else if (reader.ValueTextEquals("oldPath"u8))
        {
            OldPath = HostileLine.Text(ref reader);
        }
        else if (reader.ValueTextEquals("sha256"u8))
        {
            Sha256 = HostileLine.Text(ref reader);
        }
        else if (reader.ValueTextEquals("detail"u8))
        {
            Detail = HostileLine.Text(ref reader);
        }
    }

    private void ReadActor(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("userName"u8))
        {
            UserName = HostileLine.Text(ref reader);
        }
        else if (reader.ValueTextEquals("userId"u8))
        {
            UserId = HostileLine.Number(ref reader)?.ToString(CultureInfo.InvariantCulture);
        }
        else if (reader.ValueTextEquals("executable"u8))
        {
            Program = HostileLine.Text(ref reader);
        }
    }
}
