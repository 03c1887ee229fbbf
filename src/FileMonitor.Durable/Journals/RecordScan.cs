using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Segments;
using FileMonitor.Durable.Journal.Tree;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journals;

/// <summary>
/// Reads the records of a journal one after the other without its lock, also while it is written: what was there when the scan began, and of the last segment
/// what it has when the scan comes to it. One owner.
/// </summary>
internal sealed class RecordScan : IDisposable
{
    private readonly JournalDirectory _journal;
    private readonly IReadOnlyList<long> _segments;
    private SafeFileHandle? _file;
    private LineScanner? _lines;
    private int _segment = -1;

    /// <exception cref="IOException">There is no journal, or it cannot be read.</exception>
    public RecordScan(string directory)
    {
        _journal = OpenDirectory(directory);
        _segments = _journal.Segments();
        if (_segments.Count == 0)
        {
            throw Missing(_journal);
        }
    }

    /// <summary>The index of the record that was read last.</summary>
    public long Index => Tree.Size - 1;

    /// <summary>The index of the first record that is left.</summary>
    public long First => _segments[0];

    /// <summary>Its line with its LF, until the next one is read.</summary>
    public ReadOnlySpan<byte> Line => _lines!.Line;

    /// <summary>The tree over all records up to this one, those that were deleted included.</summary>
    public CompactRange Tree { get; private set; } = new();

    private long Next => _segment + 1 < _segments.Count ? _segments[_segment + 1] : long.MaxValue;

    /// <exception cref="IOException">There is no such directory.</exception>
    public static JournalDirectory OpenDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        var journal = new JournalDirectory(directory, JournalDevice.Instance);
        return Directory.Exists(journal.Path) ? journal : throw new DirectoryNotFoundException($"There is no directory {journal.Path}.");
    }

    /// <summary>The same for a directory in which a journal is, or what is left of one. Where its records are gone and its key is not, that is no missing journal.</summary>
    /// <exception cref="IOException">There is no such directory, or nothing of a journal in it.</exception>
    public static JournalDirectory OpenJournal(string directory)
    {
        var journal = OpenDirectory(directory);
        return journal.Segments().Count > 0 || journal.Checkpoints().Count > 0 || journal.Has(JournalDirectory.FirstKeyName) || journal.Has(JournalDirectory.KeyLinksName)
            ? journal
            : throw Missing(journal);
    }

    private static FileNotFoundException Missing(JournalDirectory journal) => new($"There is no journal in {journal.Path}.");

    /// <summary>Goes to the next record; false at the end.</summary>
    /// <exception cref="IOException">The journal cannot be read, or is damaged.</exception>
    public bool TryRead()
    {
        while (true)
        {
            if (_lines is null || Tree.Size == Next)
            {
                OpenNext();
            }

            if (_lines!.TryRead())
            {
                break;
            }

            if (Next == long.MaxValue && !_lines.IsTooLong)
            {
                // What is behind the last whole line was never a record, or is one that is being written.
                return false;
            }

            throw Damaged($"ends before record {Tree.Size}.");
        }

        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        _lines.HashLine(hash);
        Tree.Append(hash);
        return true;
    }

    public void Dispose() => _file?.Dispose();

    private void OpenNext()
    {
        _segment++;
        _file?.Dispose();
        try
        {
            _file = _journal.OpenToRead(JournalDirectory.SegmentName(_segments[_segment]));
        }
        catch (FileNotFoundException gone)
        {
            throw new IOException($"Records of {_journal.Path} were deleted while they were read, as the monitor does with old ones; try again.", gone);
        }

        _lines = new(_file, 0);
        if (!_lines.TryRead() || SegmentHeader.TryRead(_lines.Line) is not { } header || header.Range.Size != _segments[_segment])
        {
            throw Damaged("has no header of its own.");
        }

        // Of the first segment it is taken from the header; the others go on with what was read.
        if (_segment == 0)
        {
            Tree = header.Range.Copy();
        }
        else if (Tree.Size != header.Range.Size)
        {
            throw Damaged($"does not go on after record {Index}.");
        }
    }

    private JournalDamagedException Damaged(string problem) => new(_journal.Path, $"{JournalDirectory.SegmentName(_segments[_segment])} {problem}");
}
