using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Segments;

/// <summary>A place of the journal: the records before it, and how many bytes their lines have since the process began to count.</summary>
internal sealed record JournalPlace(CompactRange Range, long Position)
{
    public long Size => Range.Size;
}

/// <summary>The tree as it grows, and the places where a checkpoint is due. Owned by the writer.</summary>
internal sealed class RecordTree
{
    /// <summary>There are never more records between two checkpoints. Whoever verifies counts on it.</summary>
    public const int RecordsPerCheckpoint = 1024;

    private readonly Queue<JournalPlace> _due = new();
    private readonly CompactRange _range;
    private long _position;
    private long _lastDue;

    /// <param name="checkpoint">The last checkpoint.</param>
    public RecordTree(JournalPlace checkpoint)
    {
        _range = checkpoint.Range.Copy();
        _position = checkpoint.Position;
        _lastDue = checkpoint.Size;
    }

    public long Size => _range.Size;

    public long Position => _position;

    public JournalPlace Place => new(_range.Copy(), _position);

    /// <summary>Takes a line with its LF, before which one byte is lent.</summary>
    public void Append(Span<byte> slotAndLine)
    {
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        MerkleHash.LeafInPlace(slotAndLine, hash);
        _range.Append(hash);
        _position += slotAndLine.Length - 1;
        if (_range.Size - _lastDue == RecordsPerCheckpoint)
        {
            MakeDue();
        }
    }

    /// <summary>Has a checkpoint made of all records up to now, unless there is one.</summary>
    public void MakeDue()
    {
        if (_range.Size > _lastDue)
        {
            _due.Enqueue(Place);
            _lastDue = _range.Size;
        }
    }

    public JournalPlace? NextDue() => _due.TryPeek(out var place) ? place : null;

    public void CheckpointMade() => _due.Dequeue();
}
