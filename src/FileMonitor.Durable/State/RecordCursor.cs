using System.Diagnostics.CodeAnalysis;
using FileMonitor.Delivery;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journals;

namespace FileMonitor.Durable.State;

/// <summary>
/// The cursor of one consumer over all records of the journal, and its checkpoints, each after the last record that it covers. One reader at a time; any thread may
/// acknowledge.
/// </summary>
/// <param name="name">The name, by which the position is stored.</param>
/// <param name="reader">Reads the records; used by this cursor only.</param>
/// <param name="checkpoints">Reads the checkpoints; used by this cursor only.</param>
/// <param name="log">Has the number of durable records, and that of the last checkpoint.</param>
/// <param name="file">Stores the position.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "It lives as long as the store, which disposes the readers.")]
internal sealed class RecordCursor(string name, JournalReader reader, CheckpointReader checkpoints, DurableLog log, CursorFile file)
{
    private const int MostRecords = 256;

    private readonly Wakeup _wakeup = new();
    private readonly JournalLines _lines = new();
    private readonly Lock _gate = new();

    // Written under the lock.
    private long _acknowledged = file.Find(name)?.Record ?? 0;
    private volatile bool _isFinished;
    private volatile bool _isAbandoned;

    // The reader's.
    private long _next;

    public string Name => name;

    /// <summary>The first record that is not acknowledged.</summary>
    public long Record => Interlocked.Read(ref _acknowledged);

    public long Lag => Math.Max(0, log.Records - Record);

    /// <summary>Whether everything was read, and nothing more comes; or whether nothing more is to be read.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The next read begins with the first record that is not acknowledged.</summary>
    public void Rewind()
    {
        _next = Record;
        checkpoints.Seek(_next);
    }

    /// <summary>Reads what comes next; waits until there is something. Empty when nothing more comes.</summary>
    /// <exception cref="IOException">The journal cannot be read, or is damaged.</exception>
    public async ValueTask<IReadOnlyList<JournalEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        using var cancelled = cancellationToken.UnsafeRegister(static wakeup => ((Wakeup)wakeup!).Tell(), _wakeup);
        while (true)
        {
            // Before the read: nothing is written after that.
            var isFinished = _isFinished;
            if (_isAbandoned)
            {
                IsEnded = true;
                return [];
            }

            if (Read() is { Count: > 0 } entries)
            {
                return entries;
            }

            if (isFinished)
            {
                IsEnded = true;
                return [];
            }

            cancellationToken.ThrowIfCancellationRequested();
            await _wakeup.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>All records up to this one are acknowledged.</summary>
    public void Acknowledge(long index)
    {
        lock (_gate)
        {
            if (index >= Record)
            {
                Interlocked.Exchange(ref _acknowledged, index + 1);
                file.Set(name, new CursorPlace(0, index + 1));
            }
        }
    }

    /// <summary>There is more to read. Any thread.</summary>
    public void Wake() => _wakeup.Tell();

    /// <summary>The journal is finished: the reader ends when it has read the rest.</summary>
    public void Finish()
    {
        _isFinished = true;
        _wakeup.Tell();
    }

    /// <summary>The reader ends without the rest.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        _wakeup.Tell();
    }

    private List<JournalEntry> Read()
    {
        var entries = new List<JournalEntry>();
        while (entries.Count == 0)
        {
            // A checkpoint comes before the records behind it, also where these were read from the disk at the same time.
            var checkpoint = checkpoints.Peek(log.Checkpointed);
            if (checkpoint is not null && checkpoint.Size <= _next)
            {
                checkpoints.Take();
                entries.Add(new JournalEntry(new JournalCheckpoint(checkpoint)));
                return entries;
            }

            var most = checkpoint is null ? MostRecords : (int)Math.Min(MostRecords, checkpoint.Size - _next);
            switch (reader.Read(_next, _lines, most))
            {
                case JournalReadStatus.AtEnd:
                    return entries;
                case JournalReadStatus.Deleted:
                    _next = _lines.FirstIndex;
                    break;
                default:
                    Take(entries);
                    break;
            }
        }

        return entries;
    }

    private void Take(List<JournalEntry> entries)
    {
        for (var at = 0; at < _lines.Count; at++)
        {
            var line = _lines[at];
            entries.Add(new JournalEntry(new JournalRecord(_lines.FirstIndex + at, line.ToArray(), RecordLine.Read(line).Id)));
        }

        _next = _lines.FirstIndex + _lines.Count;
    }
}
