using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Segments;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal;

/// <summary>What a read found.</summary>
internal enum JournalReadStatus
{
    /// <summary>At least one line.</summary>
    Read,

    /// <summary>Nothing more is committed.</summary>
    AtEnd,

    /// <summary>The record was deleted with its segment; the first that is left is <see cref="JournalLines.FirstIndex"/>.</summary>
    Deleted,
}

/// <summary>
/// Reads lines from any index on, while the journal is written: never what is not committed. Records that stand in two segments are read from the
/// later one. Each reader has one owner; several may read at a time.
/// </summary>
internal sealed class JournalReader(string directory, JournalProgress progress) : IDisposable
{
    /// <summary>How many lines lie between two offsets that are remembered.</summary>
    private const int LinesPerOffset = 256;

    private readonly JournalDirectory _directory = new(directory, JournalDevice.Instance);
    private readonly Dictionary<long, List<long>> _offsets = [];
    private IReadOnlyList<long> _segments = [];
    private int _segmentsVersion = -1;
    private SafeFileHandle? _file;
    private LineScanner? _lines;
    private long _openSegment = -1;
    private long _next;
    private long _committed;

    /// <summary>Reads what is committed, up to so many lines and about so many bytes; at least one line when there is one.</summary>
    /// <exception cref="JournalDamagedException">A committed line is not there.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public JournalReadStatus Read(long fromIndex, JournalLines lines, int mostLines = 256, int mostBytes = 1024 * 1024)
    {
        // In this order: the version is at least that of the segments which the records are in.
        var committed = progress.Committed;
        ListSegments();
        if (committed != _committed)
        {
            _committed = committed;
            _lines?.ForgetAhead();
        }

        lines.Begin(fromIndex);
        if (fromIndex >= committed)
        {
            return JournalReadStatus.AtEnd;
        }

        var segment = SegmentOf(fromIndex);
        if (segment < 0)
        {
            lines.Begin(_segments.Count == 0 ? committed : _segments[0]);
            return JournalReadStatus.Deleted;
        }

        try
        {
            Seek(segment, fromIndex);
        }
        catch (FileNotFoundException) when (progress.SegmentsVersion != _segmentsVersion || !_directory.Has(JournalDirectory.SegmentName(segment)))
        {
            // Deleted since it was listed.
            _segmentsVersion = -1;
            ListSegments();
            lines.Begin(_segments.FirstOrDefault(first => first > segment, committed));
            return JournalReadStatus.Deleted;
        }

        var end = Math.Min(committed, EndOf(segment));
        while (_next < end && lines.Count < mostLines && lines.Length < mostBytes)
        {
            if (!TryReadNext())
            {
                throw new JournalDamagedException(_directory.Path, $"{JournalDirectory.SegmentName(segment)} ends before record {_next}.");
            }

            lines.Add(_lines!.Line);
        }

        return JournalReadStatus.Read;
    }

    public void Dispose() => _file?.Dispose();

    private void ListSegments()
    {
        var version = progress.SegmentsVersion;
        if (version != _segmentsVersion)
        {
            _segments = _directory.Segments();
            _segmentsVersion = version;
            foreach (var gone in _offsets.Keys.Except(_segments).ToArray())
            {
                _offsets.Remove(gone);
            }

            // A segment of the same name may be another file by now, with the same lines and more.
            Close();
        }
    }

    private long SegmentOf(long index) => _segments.LastOrDefault(first => first <= index, -1);

    /// <summary>Records from there on are those of the next segment, whatever this one has behind it.</summary>
    private long EndOf(long segment) => _segments.FirstOrDefault(first => first > segment, long.MaxValue);

    private void Seek(long segment, long index)
    {
        if (segment != _openSegment || index != _next)
        {
            // What was read to the end before it grew is read on from the same place; anything else from the nearest offset.
            if (segment != _openSegment)
            {
                Close();
                _file = _directory.OpenToRead(JournalDirectory.SegmentName(segment));
                _openSegment = segment;
            }

            var known = OffsetsOf(segment);
            var nearest = (int)Math.Min((index - segment) / LinesPerOffset, known.Count - 1);
            _lines = new(_file!, known[nearest]);
            _next = segment + ((long)nearest * LinesPerOffset);
        }

        while (_next < index)
        {
            if (!TryReadNext())
            {
                throw new JournalDamagedException(_directory.Path, $"{JournalDirectory.SegmentName(segment)} ends before record {index}.");
            }
        }
    }

    private bool TryReadNext()
    {
        if (!_lines!.TryRead())
        {
            return false;
        }

        _next++;
        var known = _offsets[_openSegment];
        if (_next - _openSegment == (long)known.Count * LinesPerOffset)
        {
            known.Add(_lines.Offset);
        }

        return true;
    }

    /// <summary>The first is that behind the header.</summary>
    private List<long> OffsetsOf(long segment)
    {
        if (!_offsets.TryGetValue(segment, out var known))
        {
            var lines = new LineScanner(_file!, 0);
            if (!lines.TryRead() || SegmentHeader.TryRead(lines.Line) is not { } header || header.Range.Size != segment)
            {
                throw new JournalDamagedException(_directory.Path, $"{JournalDirectory.SegmentName(segment)} has no header of its own.");
            }

            known = [lines.Offset];
            _offsets.Add(segment, known);
        }

        return known;
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
        _lines = null;
        _openSegment = -1;
    }
}
