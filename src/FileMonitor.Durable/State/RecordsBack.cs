using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journals;

namespace FileMonitor.Durable.State;

/// <summary>Reads the records of a journal back from one, the newest first, while it is written. One owner.</summary>
/// <param name="directory">The journal.</param>
/// <param name="progress">How far it may be read.</param>
/// <param name="before">The index of the first record that is not wanted; may be behind the end.</param>
internal sealed class RecordsBack(string directory, JournalProgress progress, long before) : IDisposable
{
    private const int MostRecords = 256;
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly JournalReader _reader = new(directory, progress);
    private readonly JournalLines _lines = new();
    private long _before = Math.Min(before, progress.Committed);
    private int _most = MostRecords;

    /// <summary>The records before the last one that was given, newest first; empty when there is none.</summary>
    /// <exception cref="IOException">The journal cannot be read, or is damaged.</exception>
    public IReadOnlyList<JournalRecord> ReadNext()
    {
        while (_before > 0)
        {
            var records = ReadFrom(Math.Max(0, _before - _most));
            if (records is { Count: 0 })
            {
                break;
            }

            if (records is not null)
            {
                // Long records are rare: the next ones may be short again.
                _most = Math.Min(MostRecords, _most * 2);
                _before = records[0].Index;
                records.Reverse();
                return records;
            }

            _most = Math.Max(1, _most / 4);
        }

        _before = 0;
        return [];
    }

    public void Dispose() => _reader.Dispose();

    /// <summary>The records from there on to the one that was given last, in order; null when they are too long to be held at once.</summary>
    private List<JournalRecord>? ReadFrom(long from)
    {
        var records = new List<JournalRecord>();
        var bytes = 0;
        for (var next = from; next < _before;)
        {
            switch (_reader.Read(next, _lines, (int)(_before - next), MostBytes))
            {
                case JournalReadStatus.AtEnd:
                    return records;
                case JournalReadStatus.Deleted:
                    // With everything before it.
                    records.Clear();
                    next = _lines.FirstIndex;
                    continue;
                default:
                    bytes += _lines.Length;
                    break;
            }

            for (var at = 0; at < _lines.Count; at++)
            {
                var line = _lines[at];
                records.Add(new JournalRecord(next + at, line.ToArray(), RecordLine.Read(line).Id));
            }

            next += _lines.Count;
            if (bytes >= MostBytes && next < _before)
            {
                return null;
            }
        }

        return records;
    }
}
