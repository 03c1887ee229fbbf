using System.Text.Json;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;

namespace FileMonitor.Durable.State;

/// <summary>Reads the events of a journal behind one, up to its end, while it is written. One owner.</summary>
/// <param name="directory">The journal.</param>
/// <param name="progress">How far it may be read.</param>
/// <param name="log">Describes what was deleted.</param>
/// <param name="afterSequence">The last event that is not wanted.</param>
internal sealed class StoredEvents(JournalDirectory directory, JournalProgress progress, DurableLog log, long afterSequence) : IDisposable
{
    private const int Lines = 256;

    // A segment may begin with records of changes that no event tells, which have no number.
    private const int MostLinesToPlace = 64 * 1024;

    private readonly JournalReader _reader = new(directory.Path, progress);
    private readonly JournalLines _lines = new();
    private readonly long _after = afterSequence;
    private long _next = -1;
    private long _told = afterSequence;

    /// <summary>The next events, at least one; empty at the end of what is on the disk.</summary>
    /// <exception cref="IOException">The journal cannot be read, or is damaged.</exception>
    public IReadOnlyList<AuditEvent> ReadNext()
    {
        if (_next < 0)
        {
            _next = Begin();
        }

        var events = new List<AuditEvent>();
        while (events.Count == 0)
        {
            switch (_reader.Read(_next, _lines, Lines))
            {
                case JournalReadStatus.AtEnd:
                    return events;
                case JournalReadStatus.Deleted:
                    _next = _lines.FirstIndex;
                    break;
                default:
                    Take(events);
                    break;
            }
        }

        return events;
    }

    public void Dispose() => _reader.Dispose();

    private void Take(List<AuditEvent> events)
    {
        for (var at = 0; at < _lines.Count; at++)
        {
            _next = _lines.FirstIndex + at + 1;
            try
            {
                // Most lines before the first event that is wanted are passed without reading all of them.
                if (NumberOf(_lines[at]) is not { IsEvent: true } number || number.Sequence <= _told || EventLine.ReadEvent(_lines[at]) is not { } one)
                {
                    continue;
                }

                if (one.Sequence > _told + 1)
                {
                    events.Add(log.DescribeDeleted(_told + 1, one.Sequence - 1, one.EmittedAt));
                }

                events.Add(one);
                _told = one.Sequence;
            }
            catch (Exception wrong) when (wrong is JsonException or InvalidDataException)
            {
                throw new JournalDamagedException(directory.Path, $"record {_next - 1} cannot be read: {wrong.Message}");
            }
        }
    }

    /// <summary>The first record of the last segment that begins at or before the event: numbers ascend over all segments.</summary>
    private long Begin()
    {
        var segments = directory.Segments();
        var (low, high) = (0, segments.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (LastBefore(segments[middle]) is { } last && last <= _after)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return segments.Count == 0 ? 0 : segments[low];
    }

    /// <summary>The number of the last event before a record; null when nothing near it says that.</summary>
    private long? LastBefore(long record)
    {
        for (var next = record; next < record + MostLinesToPlace; next += _lines.Count)
        {
            if (_reader.Read(next, _lines, Lines) != JournalReadStatus.Read)
            {
                return null;
            }

            for (var at = 0; at < _lines.Count; at++)
            {
                if (NumberOf(_lines[at]) is { } number)
                {
                    return number.IsEvent ? number.Sequence - 1 : number.Sequence;
                }
            }
        }

        return null;
    }

    /// <summary>The number of an event, or the last one before another record that says it.</summary>
    private static (long Sequence, bool IsEvent)? NumberOf(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            var isEvent = reader.ValueTextEquals("sequence"u8);
            if (isEvent || reader.ValueTextEquals("lastSequence"u8))
            {
                return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var sequence) ? (sequence, isEvent) : null;
            }
        }

        return null;
    }
}
