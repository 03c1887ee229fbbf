using System.Text;
using System.Text.Unicode;
using FileMonitor.Collector.Storage;
using RabbitMQ.Client;

namespace FileMonitor.Collector.Ingest;

/// <summary>Reads a message of the broker. The form is in docs/fleet.md; whoever may publish may send anything.</summary>
internal static class DeliveredMessage
{
    private const int MostNameBytes = 300;
    private const int MostRecordBytes = 1024 * 1024;
    private const int MostNoteBytes = 4096;
    private const long MostRecords = 1L << 40;

    /// <summary>Null, with a sentence, when it can never be stored.</summary>
    public static JournalMessage? TryRead(ulong tag, IReadOnlyBasicProperties properties, ReadOnlySpan<byte> body, out string problem)
    {
        problem = "";
        var headers = properties.Headers;
        if (Name(headers, "host") is not { } host || Name(headers, "journal") is not { } journal)
        {
            problem = "It has no header host, or no header journal, or one that is no name.";
            return null;
        }

        if (Sequence(headers) is not { } sequence)
        {
            problem = "It has no header sequence, or one that is no number of a record.";
            return null;
        }

        switch (properties.Type)
        {
            case "record" when body.Length < MostRecordBytes && !body.Contains((byte)'\n') && Utf8.IsValid(body) && RecordColumns.TryRead(body) is { } columns:
                return new(tag, MessageKind.Record, host, journal, sequence, body.ToArray(), columns);
            case "record":
                problem = "The record is not one object of JSON on one line of less than 1 MiB.";
                return null;
            case "checkpoint" or "key" when body.Length is > 0 and <= MostNoteBytes:
                return new(tag, properties.Type == "key" ? MessageKind.Key : MessageKind.Checkpoint, host, journal, sequence, body.ToArray(), Columns: null);
            default:
                problem = "Its type is none of record, checkpoint and key, or it is too long.";
                return null;
        }
    }

    private static string? Name(IDictionary<string, object?>? headers, string name)
    {
        if (headers?.TryGetValue(name, out var value) != true || value is not byte[] { Length: > 0 and <= MostNameBytes } bytes)
        {
            return null;
        }

        try
        {
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes);
            return text.Any(char.IsControl) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static long? Sequence(IDictionary<string, object?>? headers)
    {
        object? value = null;
        headers?.TryGetValue("sequence", out value);
        long? number = value switch
        {
            long wide => wide,
            int narrow => narrow,
            _ => null,
        };
        return number is >= 0 and < MostRecords ? number : null;
    }
}
