using System.Numerics;
using System.Security.Cryptography;

namespace FileMonitor.Durable.Journal.Tree;

/// <summary>
/// What is needed of the tree over the first records to go on with it: the roots of the largest full subtrees, from left to right, one for each bit
/// that is set in the number of records. One owner at a time.
/// </summary>
internal sealed class CompactRange
{
    /// <summary>A journal has fewer than 2^40 records, so a range has at most 40 hashes.</summary>
    public const int MostHashes = 40;
    public const long MostLeaves = 1L << MostHashes;

    private readonly byte[] _hashes = new byte[(MostHashes + 1) * MerkleHash.Size];

    /// <summary>Of no record.</summary>
    public CompactRange()
    {
    }

    private CompactRange(CompactRange other)
    {
        Size = other.Size;
        other._hashes.CopyTo(_hashes, 0);
    }

    /// <summary>How many records it stands for.</summary>
    public long Size { get; private set; }

    /// <summary>How many hashes it has.</summary>
    public int Count => BitOperations.PopCount((ulong)Size);

    public ReadOnlySpan<byte> this[int hash] => Slot(hash);

    /// <summary>Null when there are not as many hashes as bits are set in the size.</summary>
    public static CompactRange? TryRestore(long size, IReadOnlyList<byte[]> hashes)
    {
        if (size is < 0 or >= MostLeaves || hashes.Count != BitOperations.PopCount((ulong)size) || hashes.Any(hash => hash.Length != MerkleHash.Size))
        {
            return null;
        }

        var range = new CompactRange { Size = size };
        for (var i = 0; i < hashes.Count; i++)
        {
            hashes[i].CopyTo(range.Slot(i));
        }

        return range;
    }

    public CompactRange Copy() => new(this);

    public void Append(ReadOnlySpan<byte> leaf)
    {
        if (Size >= MostLeaves - 1)
        {
            throw new InvalidOperationException($"The journal has {Size} records, which is as many as it can have; begin another in another directory.");
        }

        // The trailing set bits of the size are full subtrees on the right which the new leaf completes to larger ones.
        var count = Count;
        leaf.CopyTo(Slot(count));
        for (var size = Size; (size & 1) == 1; size >>= 1)
        {
            count--;
            MerkleHash.Node(Slot(count), Slot(count + 1), Slot(count));
        }

        Size++;
    }

    /// <summary>The root of the tree.</summary>
    public byte[] Root()
    {
        var count = Count;
        if (count == 0)
        {
            return SHA256.HashData([]);
        }

        var root = Slot(count - 1).ToArray();
        for (var i = count - 2; i >= 0; i--)
        {
            MerkleHash.Node(Slot(i), root, root);
        }

        return root;
    }

    private Span<byte> Slot(int index) => _hashes.AsSpan(index * MerkleHash.Size, MerkleHash.Size);
}
