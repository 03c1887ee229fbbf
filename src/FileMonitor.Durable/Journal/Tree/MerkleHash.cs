using System.Security.Cryptography;

namespace FileMonitor.Durable.Journal.Tree;

/// <summary>The two hashes of an RFC 6962 tree.</summary>
internal static class MerkleHash
{
    public const int Size = SHA256.HashSizeInBytes;

    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;

    /// <summary>Of a line with its LF. The byte before the line is lent for the prefix and given back: hashed in one call, a line costs half as much.</summary>
    public static void LeafInPlace(Span<byte> slotAndLine, Span<byte> hash)
    {
        var lent = slotAndLine[0];
        slotAndLine[0] = LeafPrefix;
        SHA256.HashData(slotAndLine, hash);
        slotAndLine[0] = lent;
    }

    /// <summary>Of a line with its LF that stands alone.</summary>
    public static byte[] Leaf(ReadOnlySpan<byte> line)
    {
        var prefixed = new byte[line.Length + 1];
        line.CopyTo(prefixed.AsSpan(1));
        return SHA256.HashData(prefixed);
    }

    /// <summary>The result may be one of the two.</summary>
    public static void Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> hash)
    {
        Span<byte> node = stackalloc byte[1 + (2 * Size)];
        node[0] = NodePrefix;
        left.CopyTo(node[1..]);
        right.CopyTo(node[(1 + Size)..]);
        SHA256.HashData(node, hash);
    }
}
