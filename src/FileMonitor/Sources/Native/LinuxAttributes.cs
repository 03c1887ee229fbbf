using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FileMonitor.Sources.Native;

/// <summary>The system calls that read extended attributes, of an item that is open, also of one that is open as a place only. Return values as in <see cref="LinuxFiles"/>.</summary>
[SkipLocalsInit]
internal static unsafe partial class LinuxAttributes
{
    // The kernel keeps neither longer lists of names nor longer values.
    private const int MostBytes = 64 * 1024;
    private const int UsualBytes = 1024;
    private const int PathBytes = 32;

    private static readonly Dictionary<string, byte[]?> Empty = [];

    /// <summary>Names, with each byte as a character, and values; null when they cannot be listed. Where the file system has none, there are none.</summary>
    public static IReadOnlyDictionary<string, byte[]?>? Read(int descriptor)
    {
        Span<byte> path = stackalloc byte[PathBytes];
        _ = LinuxOpening.WriteDescriptorPath(descriptor, path);
        Span<byte> usual = stackalloc byte[UsualBytes];
        var length = List(path, usual);
        if (length >= 0 || LinuxErrors.LastError != LinuxErrors.ERANGE)
        {
            return length < 0 ? (LinuxErrors.LastError == LinuxErrors.EOPNOTSUPP ? Empty : null) : length == 0 ? Empty : ReadValues(path, usual[..length]);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(MostBytes);
        length = List(path, buffer.AsSpan(0, MostBytes));
        var attributes = length < 0 ? null : ReadValues(path, buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return attributes;
    }

    private static Dictionary<string, byte[]?> ReadValues(ReadOnlySpan<byte> path, ReadOnlySpan<byte> names)
    {
        var attributes = new Dictionary<string, byte[]?>();
        var buffer = ArrayPool<byte>.Shared.Rent(MostBytes);
        while (names.IndexOf((byte)0) is > 0 and var end)
        {
            var length = Get(path, names[..(end + 1)], buffer.AsSpan(0, MostBytes));

            // Removed since, or not ours to read.
            if (length >= 0 || LinuxErrors.LastError != LinuxErrors.ENODATA)
            {
                attributes[Encoding.Latin1.GetString(names[..end])] = length < 0 ? null : buffer[..length];
            }

            names = names[(end + 1)..];
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return attributes;
    }

    private static int List(ReadOnlySpan<byte> path, Span<byte> names)
    {
        fixed (byte* first = path)
        fixed (byte* into = names)
        {
            return (int)listxattr(first, into, (nuint)names.Length);
        }
    }

    private static int Get(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, Span<byte> value)
    {
        fixed (byte* first = path)
        fixed (byte* what = name)
        fixed (byte* into = value)
        {
            return (int)getxattr(first, what, into, (nuint)value.Length);
        }
    }

    // The path is that of a descriptor in /proc, which leads to the very item that is open: also to a link, which is not followed further.
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint listxattr(byte* path, byte* names, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint getxattr(byte* path, byte* name, byte* value, nuint size);
}
