using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.State;

/// <summary>Reads the checkpoints of a journal in ascending order while it is written. No file stays open, because checkpoints are rare. One owner.</summary>
internal sealed class CheckpointReader(JournalDirectory directory)
{
    private readonly Queue<CheckpointNote> _ahead = new();
    private SafeFileHandle? _open;
    private long _file;
    private long _offset;
    private long _last;

    /// <summary>
    /// Begins before a record: with the first checkpoint of its segment, which is the last one by the key before, then with the last one that covers nothing from the
    /// record on. A consumer that stopped between two checkpoints so misses neither the newest nor a change of the key.
    /// </summary>
    public void Seek(long record)
    {
        _ahead.Clear();
        var files = directory.Checkpoints();
        (_file, _offset, _last) = (files.LastOrDefault(first => first <= record, files is [var oldest, ..] ? oldest : 0), 0, -1);
        var (first, last) = (Read(record), (CheckpointNote?)null);
        while (Read(record) is { } note)
        {
            last = note;
        }

        Close();
        foreach (var note in (CheckpointNote?[])[first, last])
        {
            if (note is not null)
            {
                _ahead.Enqueue(note);
            }
        }
    }

    /// <summary>The next checkpoint, which stays the next until <see cref="Take"/>; null when there is none yet.</summary>
    /// <param name="checkpointed">The size of the last checkpoint that is on the disk as a whole.</param>
    public CheckpointNote? Peek(long checkpointed)
    {
        if (_ahead.Count == 0 && Read(checkpointed) is { } note)
        {
            _ahead.Enqueue(note);
        }

        Close();
        return _ahead.TryPeek(out var next) ? next : null;
    }

    public void Take() => _ahead.Dequeue();

    /// <summary>The next checkpoint of at most so many records. Skips that of no record.</summary>
    private CheckpointNote? Read(long mostRecords)
    {
        while (_last < mostRecords)
        {
            if (ReadHere(out var length) is not { } note)
            {
                // The end of the file, or what a failed write left there: the next segment has the next one.
                if (!TryNextFile())
                {
                    return null;
                }
            }
            else if (note.Size > mostRecords)
            {
                return null;
            }
            else
            {
                _offset += length;
                var isNext = note.Size > Math.Max(_last, 0);
                _last = Math.Max(_last, note.Size);
                if (isNext)
                {
                    return note;
                }
            }
        }

        return null;
    }

    private CheckpointNote? ReadHere(out int length)
    {
        length = 0;
        try
        {
            _open ??= directory.OpenToRead(JournalDirectory.CheckpointsName(_file));
        }
        catch (FileNotFoundException)
        {
            // Deleted since it was listed.
            return null;
        }

        Span<byte> bytes = stackalloc byte[CheckpointNote.MostBytes];
        return CheckpointNote.TryRead(bytes[..JournalDirectory.ReadFully(_open, bytes, _offset)], out length);
    }

    private bool TryNextFile()
    {
        var next = directory.Checkpoints().FirstOrDefault(first => first > _file, -1);
        if (next < 0)
        {
            return false;
        }

        Close();
        (_file, _offset) = (next, 0);
        return true;
    }

    private void Close()
    {
        _open?.Dispose();
        _open = null;
    }
}
