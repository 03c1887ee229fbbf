using System.Buffers;
using System.Text;

namespace FileMonitor.Cli;

/// <summary>The bytes of a path on disk. Names on Unix need not be UTF-8; U+DC00 + byte stands for such a byte in the string and is converted back.</summary>
internal static class PathBytes
{
    public static bool AreNotUtf8(string path)
    {
        for (var at = 0; at < path.Length;)
        {
            if (!Rune.TryGetRuneAt(path, at, out var rune))
            {
                return true;
            }

            at += rune.Utf16SequenceLength;
        }

        return false;
    }

    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<char> path)
    {
        while (!path.IsEmpty)
        {
            var raw = IndexOfRawByte(path);
            var text = raw < 0 ? path : path[..raw];
            Encoding.UTF8.GetBytes(text, output);
            if (raw < 0)
            {
                return;
            }

            output.GetSpan(1)[0] = (byte)(path[raw] - 0xDC00);
            output.Advance(1);
            path = path[(raw + 1)..];
        }
    }

    /// <summary>The string for a path on disk.</summary>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) == OperationStatus.Done)
            {
                text.Append(rune);
            }
            else
            {
                foreach (var bad in bytes[..used])
                {
                    text.Append((char)(0xDC00 + bad));
                }
            }

            bytes = bytes[used..];
        }

        return text.ToString();
    }

    // The second half of a surrogate pair is in the same range; it belongs to the character before it.
    private static int IndexOfRawByte(ReadOnlySpan<char> path)
    {
        for (var from = 0; from < path.Length;)
        {
            var found = path[from..].IndexOfAnyInRange('\uDC80', '\uDCFF');
            if (found < 0)
            {
                return -1;
            }

            found += from;
            if (found == 0 || !char.IsHighSurrogate(path[found - 1]))
            {
                return found;
            }

            from = found + 1;
        }

        return -1;
    }
}
