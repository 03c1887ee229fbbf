using System.Buffers;
using System.Text;

namespace FileMonitor.Durable.Baseline;

/// <summary>
/// Text as bytes that any text comes back from, also one with halves of surrogate pairs, by which names that are not UTF-8 are written. UTF-8, with such a half as
/// UTF-8 would write its code point (known as WTF-8), so that usual names can be read in the database with any tool.
/// </summary>
internal static class NameBytes
{
    private const int MaxBytesPerChar = 3;

    public static byte[] Encode(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
        {
            var ascii = new byte[text.Length];
            Ascii.FromUtf16(text, ascii, out _);
            return ascii;
        }

        var bytes = new byte[text.Length * MaxBytesPerChar];
        var length = 0;
        while (!text.IsEmpty)
        {
            var status = Rune.DecodeFromUtf16(text, out var rune, out var used);
            if (status == OperationStatus.Done)
            {
                length += rune.EncodeToUtf8(bytes.AsSpan(length));
            }
            else
            {
                var half = text[0];
                bytes[length++] = (byte)(0xE0 | (half >> 12));
                bytes[length++] = (byte)(0x80 | ((half >> 6) & 0x3F));
                bytes[length++] = (byte)(0x80 | (half & 0x3F));
            }

            text = text[used..];
        }

        return bytes[..length];
    }

    /// <returns>Null for bytes that <see cref="Encode"/> does not make.</returns>
    public static string? Decode(ReadOnlySpan<byte> bytes)
    {
        if (Ascii.IsValid(bytes))
        {
            return Encoding.ASCII.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var used) == OperationStatus.Done)
            {
                text.Append(rune);
            }
            else if (bytes is [0xED, >= 0xA0 and <= 0xBF, >= 0x80 and <= 0xBF, ..])
            {
                text.Append((char)(0xD000 | ((bytes[1] & 0x3F) << 6) | (bytes[2] & 0x3F)));
                used = MaxBytesPerChar;
            }
            else
            {
                return null;
            }

            bytes = bytes[used..];
        }

        return text.ToString();
    }
}
