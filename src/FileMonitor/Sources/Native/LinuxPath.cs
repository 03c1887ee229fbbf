using System.Buffers;
using FileMonitor.Values;

namespace FileMonitor.Sources.Native;

/// <summary>
/// A path as bytes for a system call. A path longer than the kernel accepts (4,096 bytes) is walked: <see cref="Directory"/> is then an open
/// directory on the way, and <see cref="Bytes"/> the rest of the path from there.
/// </summary>
internal ref struct LinuxPath
{
    /// <summary>The size of the callers' stack buffer; a longer path is encoded in a pooled buffer.</summary>
    public const int StackBytes = 1024;

    private const int PATH_MAX = 4096;

    private readonly bool _walks;
    private byte[]? _rented;

    /// <summary>A whole path: of a root, or of a system file. Paths below a root go through <see cref="LinuxBeneath"/>.</summary>
    public LinuxPath(ReadOnlySpan<char> path, Span<byte> stack)
        : this(path, "", stack)
    {
    }

    /// <param name="root">The absolute path of a root.</param>
    /// <param name="relativePath">The path below it; empty for the root itself. A path with dots or empty names gives ENOENT.</param>
    /// <param name="stack">A buffer of <see cref="StackBytes"/>.</param>
    /// <param name="walks">Whether it is resolved as on a kernel without openat2.</param>
    public LinuxPath(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, Span<byte> stack, bool walks = false)
    {
        // The system would use only the part before a zero character, and so another file.
        if (root.Contains('\0') || relativePath.Contains('\0') || !PathText.IsPlain(relativePath))
        {
            Error = LinuxErrors.ENOENT;
            return;
        }

        _walks = walks;
        var most = ((root.Length + relativePath.Length) * 3) + 2;
        var bytes = most <= stack.Length ? stack : _rented = ArrayPool<byte>.Shared.Rent(most);
        bytes = bytes[..Encode(root, relativePath, bytes)];
        while (bytes.Length > PATH_MAX && bytes[..PATH_MAX].LastIndexOf((byte)'/') is var slash and > 0)
        {
            bytes[slash] = 0;
            var next = LinuxOpening.Open(Directory, bytes[..(slash + 1)], LinuxFlags.O_PATH | LinuxFlags.O_DIRECTORY, walks);
            if (next < 0)
            {
                Error = LinuxErrors.LastError;
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

    public int Directory { get; private set; } = LinuxFlags.AT_FDCWD;

    /// <summary>Ends with a zero byte.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Opens the item, following no link, neither at the end nor on the way.</summary>
    /// <returns>A descriptor; -1 for failure, with the reason in <see cref="LinuxErrors.LastError"/>.</returns>
    public readonly int Open(int flags)
    {
        if (Error == 0)
        {
            return LinuxOpening.Open(Directory, Bytes, flags, _walks);
        }

        LinuxErrors.LastError = Error;
        return -1;
    }

    public void Dispose()
    {
        if (Directory >= 0)
        {
            // Keep the error of a failed open for the caller.
            var error = LinuxErrors.LastError;
            LinuxFiles.Close(Directory);
            LinuxErrors.LastError = error;
            Directory = LinuxFlags.AT_FDCWD;
        }

        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }

    /// <returns>How many bytes were written, with the zero at the end.</returns>
    private static int Encode(ReadOnlySpan<char> root, ReadOnlySpan<char> relativePath, Span<byte> bytes)
    {
        var length = PathText.Encode(root, bytes);
        if (relativePath.IsEmpty)
        {
            return length + 1;
        }

        if (length > 0 && bytes[length - 1] != (byte)'/')
        {
            bytes[length++] = (byte)'/';
        }

        return length + PathText.Encode(relativePath, bytes[length..]) + 1;
    }
}
