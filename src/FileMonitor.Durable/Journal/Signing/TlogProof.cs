using System.Globalization;
using System.Text;
using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Signing;

/// <summary>The proof that one record stands in a journal (c2sp.org/tlog-proof@v1), without extra data. It has one way to be written.</summary>
internal sealed record TlogProof(long Index, IReadOnlyList<byte[]> Path, CheckpointNote Note)
{
    /// <summary>More than forty hashes and a checkpoint need.</summary>
    public const int MostBytes = 4096;

    private const string Version = "c2sp.org/tlog-proof@v1";
    private const string IndexWord = "index ";

    public byte[] ToBytes()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Version}\n{IndexWord}{Index}\n");
        foreach (var hash in Path)
        {
            text.Append(Convert.ToBase64String(hash)).Append('\n');
        }

        return [.. Encoding.UTF8.GetBytes(text.Append('\n').ToString()), .. Note.ToBytes()];
    }

    /// <summary>Null when the bytes are no proof, or more than one.</summary>
    public static TlogProof? TryRead(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\n\n"u8);
        if (bytes.Length > MostBytes
            || end < 0
            || CheckpointNote.TryRead(bytes[(end + 2)..], out var length) is not { } note
            || end + 2 + length != bytes.Length)
        {
            return null;
        }

        var lines = Encoding.UTF8.GetString(bytes[..end]).Split('\n');
        if (lines.Length is < 2 or > 2 + CompactRange.MostHashes
            || !lines[1].StartsWith(IndexWord, StringComparison.Ordinal)
            || !long.TryParse(lines[1].AsSpan(IndexWord.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            return null;
        }

        var path = lines[2..].Select(CheckpointNote.TryBase64).ToArray();
        if (path.Any(hash => hash is not { Length: MerkleHash.Size }))
        {
            return null;
        }

        var proof = new TlogProof(index, path!, note);
        return proof.ToBytes().AsSpan().SequenceEqual(bytes) ? proof : null;
    }

    /// <summary>Whether the line is that record, by the word of whoever has the key.</summary>
    public bool Proves(ReadOnlySpan<byte> line, PublicKey key) =>
        key.Verifies(Note) && InclusionProof.Leads(MerkleHash.Leaf(line), Index, Note.Size, Path, Note.Root);
}
