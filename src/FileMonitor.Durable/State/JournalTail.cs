using System.Text.Json;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journals;

namespace FileMonitor.Durable.State;

/// <summary>Finds the sequence number of the last event and the time of the last record.</summary>
internal static class JournalTail
{
    private const int Step = 1024;

    /// <returns>0 and null for an empty journal.</returns>
    public static (long Sequence, DateTimeOffset? At) Find(JournalReader journal, long records)
    {
        var lines = new JournalLines();
        DateTimeOffset? at = null;
        for (var end = records; end > 0;)
        {
            var begin = Math.Max(0, end - Step);
            var found = ReadPart(journal, lines, begin, end, out var isDeleted);
            at ??= found.At;
            if (found.Sequence is { } sequence)
            {
                return (sequence, at);
            }

            if (isDeleted)
            {
                break;
            }

            end = begin;
        }

        return (0, at);
    }

    private static (long? Sequence, DateTimeOffset? At) ReadPart(JournalReader journal, JournalLines lines, long begin, long end, out bool isDeleted)
    {
        (long? Sequence, DateTimeOffset? At) last = default;
        isDeleted = false;
        for (var next = begin; next < end;)
        {
            var status = journal.Read(next, lines, (int)Math.Min(Step, end - next));
            if (status == JournalReadStatus.Deleted)
            {
                isDeleted = true;
                next = lines.FirstIndex;
                continue;
            }

            if (status == JournalReadStatus.AtEnd)
            {
                break;
            }

            for (var at = 0; at < lines.Count; at++)
            {
                var (sequence, time) = Read(lines[at]);
                last = (sequence ?? last.Sequence, time ?? last.At);
            }

            next += lines.Count;
        }

        return last;
    }

    /// <summary>Reads the sequence number of an event, or the <c>lastSequence</c> of another record.</summary>
    private static (long? Sequence, DateTimeOffset? At) Read(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        (long? Sequence, DateTimeOffset? At) found = default;
        var isOfRun = true;
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.ValueTextEquals("sequence"u8) || reader.ValueTextEquals("lastSequence"u8))
            {
                reader.Read();
                found.Sequence = reader.TryGetInt64(out var sequence) ? sequence : null;
            }
            else if (reader.ValueTextEquals("emittedAt"u8) || reader.ValueTextEquals("at"u8))
            {
                reader.Read();
                found.At = reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time : null;
            }
            else if (reader.ValueTextEquals("kind"u8))
            {
                // These may be written while the monitor is not running.
                reader.Read();
                isOfRun = reader.TokenType != JsonTokenType.String || !(reader.ValueTextEquals(StateRecord.Recovered) || reader.ValueTextEquals(AcceptedRecord.KindName));
            }
        }

        return isOfRun ? found : (found.Sequence, null);
    }
}
