using FileMonitor.Durable.Journal.Tree;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Durable.Journal.Files;

/// <summary>Reads a file line by line from an offset, with as much memory as the longest line takes. One owner; the file stays its caller's.</summary>
internal sealed class LineScanner(SafeFileHandle file, long offset)
{
    /// <summary>No line is longer, with its LF.</summary>
    public const int MostLineBytes = 1024 * 1024;

    private const int FirstBuffer = 64 * 1024;

    // One byte is free before what was read, for the hash's prefix.
    private byte[] _buffer = new byte[FirstBuffer];
    private int _begin = 1;
    private int _end = 1;
    private int _length;
    private long _readTo = offset;

    /// <summary>Where the next line begins.</summary>
    public long Offset { get; private set; } = offset;

    /// <summary>Bytes after the last whole line, once <see cref="TryRead"/> answered false.</summary>
    public long TornBytes => _end - _begin;

    /// <summary>These bytes.</summary>
    public ReadOnlySpan<byte> Torn => _buffer.AsSpan(_begin, _end - _begin);

    /// <summary>Whether it stopped at a line that is too long to be one.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>The line with its LF, until the next call.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_begin - _length, _length);

    /// <summary>Where the line begins.</summary>
    public long LineOffset => Offset - _length;

    /// <summary>Its hash as a leaf.</summary>
    public void HashLine(Span<byte> hash) => MerkleHash.LeafInPlace(_buffer.AsSpan(_begin - _length - 1, _length + 1), hash);

    /// <summary>Goes to the next line; false at the end, or where there is none but a part of one.</summary>
    public bool TryRead()
    {
        _length = 0;
        var searched = 0;
        while (true)
        {
            var found = _buffer.AsSpan(_begin + searched, _end - _begin - searched).IndexOf((byte)'\n');
            if (found >= 0)
            {
                _length = searched + found + 1;
                _begin += _length;
                Offset += _length;
                IsTooLong = _length > MostLineBytes;
                return !IsTooLong;
            }

            searched = _end - _begin;
            if (searched > MostLineBytes)
            {
                IsTooLong = true;
                return false;
            }

            if (!Fill())
            {
                return false;
            }
        }
    }

    /// <summary>Forgets what was read ahead of the line: it may have been in the middle of being written.</summary>
    public void ForgetAhead()
    {
        (_begin, _end, _length) = (1, 1, 0);
        _readTo = Offset;
    }

    private bool Fill()
    {
        if (_begin > 1)
        {
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer.AsSpan(1));
            _end -= _begin - 1;
            _begin = 1;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = RandomAccess.Read(file, _buffer.AsSpan(_end), _readTo);
        _readTo += read;
        _end += read;
        return read > 0;
    }
}
