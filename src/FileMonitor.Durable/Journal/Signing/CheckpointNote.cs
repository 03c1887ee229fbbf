using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Signing;

/// <summary>
/// A checkpoint as a signed note (c2sp.org/tlog-checkpoint, c2sp.org/signed-note) with one signature. It has one way to be written, and what is
/// written otherwise is none: no byte of it can be changed and nobody notice.
/// </summary>
internal sealed record CheckpointNote(string Origin, long Size, byte[] Root, byte[] KeyId, byte[] Signature)
{
    public const int KeyIdBytes = 4;

    /// <summary>No checkpoint of ours is as long.</summary>
    public const int MostBytes = 2048;

    private const int MostOriginCharacters = 300;

    /// <summary>What is signed.</summary>
    public static byte[] TextOf(string origin, long size, ReadOnlySpan<byte> root) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{origin}\n{size}\n{Convert.ToBase64String(root)}\n"));

    /// <summary>Whether the signature is as long as it says itself, in DER.</summary>
    public bool IsSignatureWhole => Signature.Length > 1 && Signature[1] + 2 <= Signature.Length;

    public byte[] Text => TextOf(Origin, Size, Root);

    public byte[] ToBytes()
    {
        byte[] signature = [.. KeyId, .. Signature];
        return [.. Text, .. Encoding.UTF8.GetBytes($"\n\u2014 {Origin} {Convert.ToBase64String(signature)}\n")];
    }

    /// <summary>Reads one note from the beginning of the bytes, and says how long it is; null when there is none.</summary>
    public static CheckpointNote? TryRead(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        Span<Range> lines = stackalloc Range[5];
        for (var i = 0; i < lines.Length; i++)
        {
            var end = bytes[length..].IndexOf((byte)'\n');
            if (end < 0)
            {
                return null;
            }

            lines[i] = length..(length + end);
            length += end + 1;
        }

        var origin = Encoding.UTF8.GetString(bytes[lines[0]]);
        var signer = $"\u2014 {origin} ";
        var signed = Encoding.UTF8.GetString(bytes[lines[4]]);
        if (origin.Length is 0 or > MostOriginCharacters
            || !long.TryParse(bytes[lines[1]], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || size >= CompactRange.MostLeaves
            || TryBase64(Encoding.UTF8.GetString(bytes[lines[2]])) is not { Length: MerkleHash.Size } root
            || !signed.StartsWith(signer, StringComparison.Ordinal)
            || TryBase64(signed[signer.Length..]) is not { Length: > KeyIdBytes } signature)
        {
            return null;
        }

        var note = new CheckpointNote(origin, size, root, signature[..KeyIdBytes], signature[KeyIdBytes..]);
        return note.ToBytes().AsSpan().SequenceEqual(bytes[..length]) ? note : null;
    }

    /// <summary>Letters, digits and a few others of the name of a machine; a note's names have neither spaces nor plus signs.</summary>
    public static string OriginOf(string host, string journalId)
    {
        var name = string.Concat(host.Select(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' ? character : '-'));
        return $"{(name.Length == 0 ? "host" : name[..Math.Min(name.Length, 200)])}/filemonitor/{journalId}";
    }

    public override string ToString() => $"checkpoint of {Size} records, key {BinaryPrimitives.ReadUInt32BigEndian(KeyId):x8}";

    internal static byte[]? TryBase64(string text)
    {
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(text, bytes, out var written) ? bytes[..written] : null;
    }
}
