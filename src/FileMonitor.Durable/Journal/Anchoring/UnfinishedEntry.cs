using System.Buffers;
using System.Text;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Timestamps;

namespace FileMonitor.Durable.Journal.Anchoring;

/// <summary>What a crash, or a write that failed, leaves at the end of an anchor's file, and the line that says so where it cannot be cut off.</summary>
internal static class UnfinishedEntry
{
    // What a loss of power leaves where the file had grown and the bytes were not on the device yet.
    private const int MostZeros = 8192;

    // Of the line of base64.
    private const int MostTokenBytes = (TokenCheck.MostBytes / 3 * 4) + 8;

    private static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>Follows what was not written to its end. Its first character is in no checkpoint.</summary>
    public static ReadOnlySpan<byte> Mark => "~ not written to its end\n"u8;

    /// <summary>More is not looked at.</summary>
    /// <param name="hasTokens">Whether each checkpoint has a time stamp.</param>
    public static int MostBytes(bool hasTokens) => CheckpointNote.MostBytes + MostZeros + (hasTokens ? MostTokenBytes : 0);

    /// <summary>Whether the bytes are the beginning of a checkpoint and not all of it, or that and a mark that was not written to its end either. Nothing is the beginning of one.</summary>
    /// <param name="bytes">What stands behind the last whole checkpoint.</param>
    /// <param name="origin">The origin of the journal.</param>
    /// <param name="hasTokens">Whether each checkpoint has a time stamp, without which it is not whole.</param>
    public static bool IsOne(ReadOnlySpan<byte> bytes, string origin, bool hasTokens)
    {
        while (true)
        {
            bytes = bytes.TrimEnd((byte)0);
            if (UnfinishedNote.IsOne(bytes, origin) || (hasTokens && IsWithPartOfToken(bytes, origin)))
            {
                return true;
            }

            var mark = bytes.LastIndexOf(Mark[0]);
            if (mark < 0 || !Mark.StartsWith(bytes[mark..]))
            {
                return false;
            }

            bytes = bytes[..mark];
        }
    }

    /// <summary>The token of the line behind a checkpoint, which ends with the line feed; null when it is none.</summary>
    public static byte[]? TokenOf(ReadOnlySpan<byte> line) =>
        line is [.. var text, (byte)'\n'] && CheckpointNote.TryBase64(Encoding.ASCII.GetString(text)) is { } token && TokenCheck.TryDecode(token) is not null ? token : null;

    /// <summary>A whole checkpoint, with a token behind it that has no end yet.</summary>
    private static bool IsWithPartOfToken(ReadOnlySpan<byte> bytes, string origin) =>
        CheckpointNote.TryRead(bytes, out var length) is { IsSignatureWhole: true } note
        && note.Origin == origin
        && !bytes[length..].ContainsAnyExcept(Base64)
        && (length == bytes.Length || TokenOf([.. bytes[length..^1], (byte)'\n']) is null);
}
