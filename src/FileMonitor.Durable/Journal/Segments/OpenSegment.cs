using FileMonitor.Durable.Journal.Files;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Segments;

/// <summary>
/// The segment that is written. The first failure of its disk is final: what a failed fsync left out is not written by the next one, although that
/// one succeeds. Owned by the writer.
/// </summary>
internal sealed class OpenSegment : IDisposable
{
    private readonly IJournalDevice _device;
    private readonly SafeFileHandle _records;
    private readonly SafeFileHandle _checkpoints;
    private readonly long _startOffset;
    private readonly long _startPosition;
    private long _checkpointBytes;

    /// <param name="directory">The journal.</param>
    /// <param name="files">Its two files, which this object closes.</param>
    /// <param name="start">The place before its first record.</param>
    /// <param name="startOffset">Where its first record begins in the file: after the header.</param>
    public OpenSegment(JournalDirectory directory, (SafeFileHandle Records, SafeFileHandle Checkpoints) files, JournalPlace start, long startOffset)
    {
        _device = directory.Device;
        (_records, _checkpoints) = files;
        _startOffset = startOffset;
        _startPosition = start.Position;
        FirstIndex = start.Size;
        Length = RandomAccess.GetLength(_records);
        _checkpointBytes = RandomAccess.GetLength(_checkpoints);
    }

    public long FirstIndex { get; }

    /// <summary>Bytes of records and header that are on the device.</summary>
    public long Length { get; private set; }

    /// <summary>The same with the checkpoints, which outweigh the records when few are written at a time.</summary>
    public long TotalBytes => Length + _checkpointBytes;

    /// <summary>A failure of the disk: nothing is written to it any more.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Reads the lines from a place in this segment.</summary>
    public LineScanner ReadFrom(long position) => new(_records, _startOffset + (position - _startPosition));

    /// <exception cref="IOException">It could not be written, and the segment is closed for good.</exception>
    public void AppendRecords(ReadOnlySpan<byte> lines)
    {
        Append(_records, lines, Length);
        Length += lines.Length;
    }

    /// <exception cref="IOException">It could not be written, and the segment is closed for good.</exception>
    public void AppendCheckpoint(ReadOnlySpan<byte> note)
    {
        Append(_checkpoints, note, _checkpointBytes);
        _checkpointBytes += note.Length;
    }

    /// <summary>Has nothing be written to it any more.</summary>
    public void Abandon(Exception cause) => Failure ??= cause;

    public void Dispose()
    {
        _records.Dispose();
        _checkpoints.Dispose();
    }

    private void Append(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            _device.Write(file, bytes, offset);
            _device.Flush(file);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            Failure = failed;
            throw;
        }
    }
}
