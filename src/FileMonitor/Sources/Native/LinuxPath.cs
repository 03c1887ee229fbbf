using System.Buffers;

namespace FileMonitor.Sources.Native;

/// <summary>
/// A path as the bytes of a system call. One that is longer than the kernel takes (4,096 bytes) is walked: <see cref="Directory"/> is
/// then an open directory on the way, and <see cref="Bytes"/> the rest of the path from there.
/// </summary>
internal ref struct LinuxPath
{
    /// <summary>What callers put on their stack; a longer path is encoded in a pooled buffer.</summary>
    public const int StackBytes = 1024;

    private const int PATH_MAX = 4096;

    private byte[]? _rented;

    public LinuxPath(ReadOnlySpan<char> path, Span<byte> stack)
    {
        // The system would take what stands before the zero for the path, and answer for another file.
        if (path.Contains('\0'))
        {
            Error = LinuxFiles.ENOENT;
            return;
        }

        var most = (path.Length * 3) + 1;
        var bytes = most <= stack.Length ? stack : _rented = ArrayPool<byte>.Shared.Rent(most);
        bytes = bytes[..(PathText.Encode(path, bytes) + 1)];
        while (bytes.Length > PATH_MAX && bytes[..PATH_MAX].LastIndexOf((byte)'/') is var slash and > 0)
        {
            bytes[slash] = 0;
            var next = LinuxFiles.OpenToStandOn(Directory, bytes[..(slash + 1)]);
            if (next < 0)
            {
                Error = LinuxFiles.LastError;
                return;
            }

            LinuxFiles.Close(Directory);
            Directory = next;
            bytes = bytes[(slash + 1)..].TrimStart((byte)'/');
        }

        Bytes = bytes;
    }

    /// <summary>Why the path cannot be used; 0 when it can.</summary>
    public int Error { get; }

    public int Directory { get; private set; } = LinuxFiles.AT_FDCWD;

    /// <summary>Ends with a zero byte.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public void Dispose()
    {
        LinuxFiles.Close(Directory);
        Directory = LinuxFiles.AT_FDCWD;
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }
}
