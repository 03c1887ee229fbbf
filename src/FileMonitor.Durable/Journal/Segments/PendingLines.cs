namespace FileMonitor.Durable.Journal.Segments;

/// <summary>The lines that are not durable yet, one after the other, in one buffer that is used again. Owned by the writer.</summary>
internal sealed class PendingLines
{
    private const int FirstBuffer = 256 * 1024;

    // What a flood needed is not kept for ever.
    private const int LargestKept = 4 * 1024 * 1024;

    // One byte is free before the first line, for the hash's prefix.
    private byte[] _buffer = new byte[FirstBuffer];
    private int _length = 1;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(1, _length - 1);

    public bool IsEmpty => _length == 1;

    /// <summary>Adds a line, and the LF when it has none.</summary>
    /// <returns>The line as it stands here, after one byte that may be lent.</returns>
    public Span<byte> Add(ReadOnlySpan<byte> line)
    {
        var hasEnd = line[^1] == '\n';
        var begin = _length;
        var end = begin + line.Length + (hasEnd ? 0 : 1);
        if (end > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(end, _buffer.Length * 2L)));
        }

        line.CopyTo(_buffer.AsSpan(begin));
        _buffer[end - 1] = (byte)'\n';
        _length = end;
        return _buffer.AsSpan(begin - 1, end - begin + 1);
    }

    public void Clear()
    {
        _length = 1;
        if (_buffer.Length > LargestKept)
        {
            _buffer = new byte[FirstBuffer];
        }
    }
}
