using System.Globalization;
using System.Text;
using FileMonitor.Durable;
using RabbitMQ.Client;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>One message on its way. docs/fleet.md has its form. Owned by the run that publishes it.</summary>
internal sealed class Outgoing
{
    public const string Application = "filemonitor";

    private const string Json = "application/json";
    private const string Text = "text/plain";

    private Outgoing(string type, string contentType, string messageId, long sequence, ReadOnlyMemory<byte> body) =>
        (Type, ContentType, MessageId, Sequence, Body) = (type, contentType, messageId, sequence, body);

    /// <summary><c>record</c>, <c>checkpoint</c> or <c>key</c>.</summary>
    public string Type { get; }

    public string ContentType { get; }

    public string MessageId { get; }

    /// <summary>The index of a record, the size of a checkpoint, 0 of a key.</summary>
    public long Sequence { get; }

    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The index of the record; null for another message.</summary>
    public long? Record { get; private init; }

    /// <summary>Whether it may be sent only when all messages before it are confirmed.</summary>
    public bool IsCheckpoint { get; private init; }

    /// <summary>Whether the broker has it.</summary>
    public bool IsConfirmed { get; set; }

    /// <summary>Whether it was sent and is neither confirmed nor refused.</summary>
    public bool IsSent { get; set; }

    /// <summary>Whether the broker gave it back, because no queue takes it. Its confirmation, which follows, then counts as a refusal.</summary>
    public bool IsReturned { get; set; }

    /// <summary>When it was sent; a time stamp of the clock.</summary>
    public long SentAt { get; set; }

    public static Outgoing Of(JournalEntry entry, string origin) => entry.Record is { } record ? OfRecord(record, origin) : OfCheckpoint(entry.Checkpoint!);

    public static Outgoing OfKey(string origin, string pem) => new("key", Text, origin + "/key", 0, Encoding.UTF8.GetBytes(pem));

    public BasicProperties Properties(string host, string origin) => new()
    {
        Type = Type,
        ContentType = ContentType,
        AppId = Application,
        MessageId = MessageId,
        Persistent = true,
        Headers = new Dictionary<string, object?>(3) { ["host"] = host, ["journal"] = origin, ["sequence"] = Sequence },
    };

    private static Outgoing OfRecord(JournalRecord record, string origin)
    {
        var id = record.EventId?.ToString() ?? string.Create(CultureInfo.InvariantCulture, $"{origin}/{record.Index}");
        return new Outgoing("record", Json, id, record.Index, record.Line[..^1]) { Record = record.Index };
    }

    private static Outgoing OfCheckpoint(JournalCheckpoint checkpoint)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Origin}/checkpoint/{checkpoint.Size}");
        return new Outgoing("checkpoint", Text, id, checkpoint.Size, Encoding.UTF8.GetBytes(checkpoint.Note)) { IsCheckpoint = true };
    }
}
