using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Tree;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Segments;

/// <summary>
/// The last segment as it is found when the journal is opened: up to the last checkpoint it must be what was written, and behind it everything counts up
/// to the first line that is none.
/// </summary>
internal sealed class SegmentScan
{
    private readonly JournalDirectory _directory;
    private readonly long _firstIndex;

    private SegmentScan(JournalDirectory directory, long firstIndex)
    {
        _directory = directory;
        _firstIndex = firstIndex;
    }

    public string Origin { get; private set; } = "";

    /// <summary>The last checkpoint, as it stands in the file.</summary>
    public CheckpointNote Note { get; private set; } = null!;

    /// <summary>Where that is; positions are offsets in the file.</summary>
    public JournalPlace Checkpoint { get; private set; } = null!;

    public JournalPlace Start { get; private set; } = null!;

    /// <summary>The tree with all records that count. Where it ends is where the good bytes end.</summary>
    public RecordTree Tree { get; private set; } = null!;

    /// <summary>A change of the key that is not known to be over: its record, and the tree before it.</summary>
    public (byte[] Line, CompactRange Before)? KeyChange { get; private set; }

    public long CutBytes { get; private set; }

    /// <exception cref="JournalDamagedException">It is not what was written.</exception>
    public static SegmentScan Read(JournalDirectory directory, long firstIndex, SigningKeys keys, KeyLink? lastLink)
    {
        var scan = new SegmentScan(directory, firstIndex);
        using var file = directory.OpenToRead(JournalDirectory.SegmentName(firstIndex));
        var lines = new LineScanner(file, 0);
        scan.ReadHeader(lines);
        scan.ReadCheckpoints(keys, lastLink);
        scan.ReadCheckpointed(lines, lastLink);
        scan.ReadRest(file, lines, keys);
        return scan;
    }

    private void ReadHeader(LineScanner lines)
    {
        if (!lines.TryRead() || SegmentHeader.TryRead(lines.Line) is not { } header || header.Range.Size != _firstIndex)
        {
            throw Damaged("has no header of its own.");
        }

        Origin = header.Origin;
        Start = new(header.Range, lines.Offset);
    }

    private void ReadCheckpoints(SigningKeys keys, KeyLink? lastLink)
    {
        byte[] bytes;
        try
        {
            bytes = _directory.ReadAll(JournalDirectory.CheckpointsName(_firstIndex), int.MaxValue / 2);
        }
        catch (FileNotFoundException)
        {
            throw Damaged("has no checkpoints beside it.");
        }

        var at = 0;
        CheckpointNote? last = null;
        while (CheckpointNote.TryRead(bytes.AsSpan(at), out var length) is { } note && note.Origin == Origin && note.Size > (last?.Size ?? -1))
        {
            // The first repeats the one before the segment, which an older key may have signed: that it says the same as the header is looked at here.
            if (last is null && (note.Size != _firstIndex || !note.Root.AsSpan().SequenceEqual(Start.Range.Root())))
            {
                break;
            }

            (last, at) = (note, at + length);
        }

        if (last is null)
        {
            throw Damaged("begins with a checkpoint that does not fit its header.");
        }

        var isOfLink = lastLink is not null && lastLink.Proof.Note.ToBytes().AsSpan().SequenceEqual(last.ToBytes());
        if (last.Size > _firstIndex && !isOfLink && keys.Current?.Verifies(last) != true)
        {
            throw Damaged($"has a {last} that the journal's key did not sign.");
        }

        // More than one unfinished note is not what a crash leaves.
        CutBytes = bytes.Length - at;
        if (CutBytes > CheckpointNote.MostBytes)
        {
            throw Damaged($"has {CutBytes} bytes behind its {last} that are no checkpoint.");
        }

        Note = last;
    }

    private void ReadCheckpointed(LineScanner lines, KeyLink? lastLink)
    {
        var range = Start.Range.Copy();
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        CompactRange? beforeLast = null;
        while (range.Size < Note.Size)
        {
            if (range.Size == Note.Size - 1)
            {
                beforeLast = range.Copy();
            }

            if (!lines.TryRead())
            {
                throw Damaged(range.Size == 0 ? $"has no record, and its last is a {Note}." : $"ends with record {range.Size - 1}, before its last {Note}.");
            }

            lines.HashLine(hash);
            range.Append(hash);
        }

        if (!range.Root().AsSpan().SequenceEqual(Note.Root))
        {
            throw Damaged($"has other records than its last {Note} is about.");
        }

        if (beforeLast is not null && lastLink?.LastSize != Note.Size && RecordJson.NextKey(lines.Line) is not null)
        {
            KeyChange = (lines.Line.ToArray(), beforeLast);
        }

        Checkpoint = new(range, lines.Offset);
        Tree = new(Checkpoint);
    }

    private void ReadRest(SafeFileHandle file, LineScanner lines, SigningKeys keys)
    {
        while (lines.TryRead() && RecordJson.TryRead(lines.Line) is { } record)
        {
            var line = new byte[lines.Line.Length + 1];
            lines.Line.CopyTo(line.AsSpan(1));
            var before = Tree.Place.Range;
            if (record.IsKeyChanged)
            {
                // Somebody else's key at the end of the journal is not signed: the key that it names has to be one that was made here.
                if (KeyChange is not null || keys.Next is null || RecordJson.NextKey(line.AsSpan(1)) is not { } spki || !keys.Next.Spki.AsSpan().SequenceEqual(spki))
                {
                    break;
                }

                KeyChange = (line[1..], before);
            }

            Tree.Append(line);
            if (record.IsKeyChanged)
            {
                Tree.MakeDue();
            }
        }

        CutBytes += RandomAccess.GetLength(file) - Tree.Position;
    }

    private JournalDamagedException Damaged(string problem) => new(_directory.Path, $"{JournalDirectory.SegmentName(_firstIndex)} {problem}");
}
