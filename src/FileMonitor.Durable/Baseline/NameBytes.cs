using System.Buffers;
using System.Text;

namespace FileMonitor.Durable.Baseline;

/// <summary>
/// Encodes any text as bytes without loss, including unpaired surrogates, which stand for the bytes of names that are not UTF-8. The encoding is WTF-8: UTF-8 in
/// which an unpaired surrogate is encoded like a code point. Usual names can so be read in the database with any tool.
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

    /// <returns>The text; null for bytes that <see cref="Encode"/> does not produce.</returns>
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
