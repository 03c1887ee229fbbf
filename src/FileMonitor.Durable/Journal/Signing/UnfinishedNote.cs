using System.Text;

namespace FileMonitor.Durable.Journal.Signing;

/// <summary>
/// Tells a checkpoint that was not written to its end from one that was changed. The first is what a crash or a failed write leaves at the end of a file, and proves
/// nothing less than one that is missing; of the second no byte may go unnoticed.
/// </summary>
internal static class UnfinishedNote
{
    private const int RootCharacters = 44;
    private const int MostSizeDigits = 13;
    private const byte LineFeed = (byte)'\n';

    /// <summary>Whether the bytes are the beginning of a checkpoint, and not all of it. Nothing is the beginning of one.</summary>
    /// <param name="bytes">What stands at the end of the file.</param>
    /// <param name="origin">The origin of the journal; empty when it is not known yet, and then only nothing is one.</param>
    public static bool IsOne(ReadOnlySpan<byte> bytes, string origin)
    {
        var rest = bytes;
        if (rest.IsEmpty)
        {
            return true;
        }

        return origin.Length > 0
            && (SkipText(ref rest, origin + "\n")
                ?? SkipLine(ref rest, 1, MostSizeDigits, static one => char.IsAsciiDigit((char)one))
                ?? SkipLine(ref rest, RootCharacters, RootCharacters, IsBase64)
                ?? SkipText(ref rest, $"\n\u2014 {origin} ")
                ?? IsPartOfSignature(rest));
    }

    /// <summary>True when the bytes end in the text, false when they have another; null when they go on behind it.</summary>
    private static bool? SkipText(ref ReadOnlySpan<byte> rest, string text)
    {
        ReadOnlySpan<byte> expected = Encoding.UTF8.GetBytes(text);
        if (rest.Length <= expected.Length)
        {
            return expected.StartsWith(rest);
        }

        if (!rest.StartsWith(expected))
        {
            return false;
        }

        rest = rest[expected.Length..];
        return null;
    }

    /// <summary>The same for a line of some length, of certain characters.</summary>
    private static bool? SkipLine(ref ReadOnlySpan<byte> rest, int least, int most, Func<byte, bool> isAllowed)
    {
        var length = rest.IndexOf(LineFeed);
        foreach (var one in length < 0 ? rest : rest[..length])
        {
            if (!isAllowed(one))
            {
                return false;
            }
        }

        if (length < 0)
        {
            return rest.Length <= most;
        }

        if (length < least || length > most)
        {
            return false;
        }

        rest = rest[(length + 1)..];
        return rest.IsEmpty ? true : null;
    }

    /// <summary>It has no end yet. A whole one whose line feed was replaced by something else has one byte too many.</summary>
    private static bool IsPartOfSignature(ReadOnlySpan<byte> rest)
    {
        foreach (var one in rest)
        {
            if (!IsBase64(one))
            {
                return false;
            }
        }

        return !IsWhole(rest[..^1]);
    }

    /// <summary>The key id and a signature in DER, which says how long it is.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> text) =>
        CheckpointNote.TryBase64(Encoding.ASCII.GetString(text)) is { Length: > CheckpointNote.KeyIdBytes + 2 } bytes
        && bytes[CheckpointNote.KeyIdBytes + 1] + 2 <= bytes.Length - CheckpointNote.KeyIdBytes;

    private static bool IsBase64(byte one) => char.IsAsciiLetterOrDigit((char)one) || one is (byte)'+' or (byte)'/' or (byte)'=';
}
