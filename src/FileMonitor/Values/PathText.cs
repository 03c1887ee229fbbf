using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace FileMonitor.Values;

/// <summary>
/// Paths as this library writes them: relative to a root, names separated by <c>/</c>, a byte that is not UTF-8 as U+DC00 + byte
/// (the scheme of Python's <c>surrogateescape</c>, PEP 383), so that a path can be turned back into exactly the bytes it came from.
/// </summary>
internal static class PathText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Absolute(string root, string relativePath)
    {
        if (relativePath.Length == 0)
        {
            return root;
        }

        var native = Path.DirectorySeparatorChar == '/' ? relativePath : relativePath.Replace('/', Path.DirectorySeparatorChar);
        return Path.Join(root, native);
    }

    /// <summary>
    /// Whether a relative path consists of names only. An empty name, a dot or a double dot would lead around or above the root, and on Windows
    /// a backslash separates further names.
    /// </summary>
    public static bool IsPlain(ReadOnlySpan<char> relativePath)
    {
        if (relativePath.IsEmpty)
        {
            return true;
        }

        foreach (var name in relativePath.Split('/'))
        {
            if (relativePath[name] is "" or "." or "..")
            {
                return false;
            }
        }

        return Path.DirectorySeparatorChar == '/' || !relativePath.Contains(Path.DirectorySeparatorChar);
    }

    /// <summary>How many names a relative path has; 0 for the root.</summary>
    public static int DepthOf(ReadOnlySpan<char> relativePath) => relativePath.IsEmpty ? 0 : relativePath.Count('/') + 1;

    public static string Join(string directory, string name) => directory.Length == 0 ? name : string.Concat(directory, "/", name);

    /// <summary>Joins a directory and a name in bytes, as the system returns it.</summary>
    public static string Join(string directory, ReadOnlySpan<byte> name)
    {
        if (!Ascii.IsValid(name))
        {
            return Join(directory, Decode(name));
        }

        // One string instead of two: almost all names are ASCII, and one comes with every hint.
        return string.Create(directory.Length == 0 ? name.Length : directory.Length + 1 + name.Length, new DirectoryAndName(directory, name), static (path, parts) =>
        {
            if (parts.Directory.Length > 0)
            {
                parts.Directory.CopyTo(path);
                path[parts.Directory.Length] = '/';
                path = path[(parts.Directory.Length + 1)..];
            }

            Ascii.ToUtf16(parts.Name, path, out _);
        });
    }

    public static ReadOnlySpan<char> DirectoryOf(ReadOnlySpan<char> relativePath) =>
        relativePath.LastIndexOf('/') is var slash and >= 0 ? relativePath[..slash] : default;

    /// <summary>Whether a path is that of a directory, or below it at any depth.</summary>
    public static bool IsAtOrBelow(ReadOnlySpan<char> path, ReadOnlySpan<char> directory) =>
        path.StartsWith(directory, StringComparison.Ordinal) && (path.Length == directory.Length || path[directory.Length] == '/');

    public static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> relativePath) => relativePath[(relativePath.LastIndexOf('/') + 1)..];

    public static string Decode(ReadOnlySpan<byte> name)
    {
        if (Utf8.IsValid(name))
        {
            return Encoding.UTF8.GetString(name);
        }

        var text = new StringBuilder();
        while (!name.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(name, out var rune, out var used);
            if (status == OperationStatus.Done)
            {
                text.Append(rune);
            }
            else
            {
                foreach (var bad in name[..used])
                {
                    text.Append((char)(0xDC00 + bad));
                }
            }

            name = name[used..];
        }

        return text.ToString();
    }

    /// <summary>Writes the bytes of a path and a terminating zero; the caller's buffer holds at least 3 bytes per character and one more.</summary>
    public static int Encode(ReadOnlySpan<char> path, Span<byte> bytes)
    {
        var written = 0;
        while (!path.IsEmpty)
        {
            var plain = path.IndexOfAnyInRange('\uDC80', '\uDCFF');
            var run = plain < 0 ? path : path[..plain];

            // The low half of a surrogate pair is in the same range; it belongs to the character before it.
            if (plain > 0 && char.IsHighSurrogate(path[plain - 1]))
            {
                run = path[..(plain + 1)];
                plain = -1;
            }

            written += Encoding.UTF8.GetBytes(run, bytes[written..]);
            path = path[run.Length..];
            if (plain >= 0)
            {
                bytes[written++] = (byte)(path[0] - 0xDC00);
                path = path[1..];
            }
        }

        bytes[written] = 0;
        return written;
    }

    /// <summary>Whether a name may hold bytes that are not UTF-8; <see cref="BytesIfNotUtf8"/> checks.</summary>
    public static bool MayHoldBytes(ReadOnlySpan<char> path) => path.ContainsAnyInRange('\uDC80', '\uDCFF');

    public static string? BytesIfNotUtf8(string path)
    {
        if (!MayHoldBytes(path))
        {
            return null;
        }

        Span<byte> bytes = new byte[(path.Length * 3) + 1];
        bytes = bytes[..Encode(path, bytes)];
        try
        {
            _ = Strict.GetCharCount(bytes);
            return null;
        }
        catch (DecoderFallbackException)
        {
            return Convert.ToBase64String(bytes);
        }
    }

    private readonly ref struct DirectoryAndName(string directory, ReadOnlySpan<byte> name)
    {
        public string Directory { get; } = directory;

        public ReadOnlySpan<byte> Name { get; } = name;
    }
}
