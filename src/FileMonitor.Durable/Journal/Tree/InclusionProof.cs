using System.Numerics;

namespace FileMonitor.Durable.Journal.Tree;

/// <summary>The hashes that lead from one record to the root, from the record's neighbour upwards (RFC 6962, 2.1.1).</summary>
internal static class InclusionProof
{
    /// <summary>Of one record, from the range before a segment and the leaf hashes of the segment's records.</summary>
    /// <param name="before">The records before the first leaf.</param>
    /// <param name="leaves">Hashes of the records that follow, at least up to <paramref name="size"/>.</param>
    /// <param name="index">The record: not before the first leaf.</param>
    /// <param name="size">How many records the tree has.</param>
    public static List<byte[]> Of(CompactRange before, IReadOnlyList<byte[]> leaves, long index, long size)
    {
        var subtrees = Subtrees(before);
        var path = new List<byte[]>();
        var (begin, end) = (0L, size);
        while (end - begin > 1)
        {
            var middle = begin + LargestPowerBelow(end - begin);
            if (index < middle)
            {
                path.Add(Hash(middle, end));
                end = middle;
            }
            else
            {
                path.Add(Hash(begin, middle));
                begin = middle;
            }
        }

        path.Reverse();
        return path;

        byte[] Hash(long from, long to)
        {
            // What lies before the segment is one of the range's subtrees: its parent would reach into the segment.
            if (to <= before.Size)
            {
                return subtrees[(from, to)];
            }

            if (to - from == 1)
            {
                return leaves[(int)(from - before.Size)];
            }

            var half = from + LargestPowerBelow(to - from);
            var hash = new byte[MerkleHash.Size];
            MerkleHash.Node(Hash(from, half), Hash(half, to), hash);
            return hash;
        }
    }

    /// <summary>Whether the path leads from the record's hash to the root.</summary>
    public static bool Leads(ReadOnlySpan<byte> leaf, long index, long size, IReadOnlyList<byte[]> path, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size || path.Any(hash => hash.Length != MerkleHash.Size))
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        leaf.CopyTo(hash);
        var (at, last) = (index, size - 1);
        foreach (var sibling in path)
        {
            if (last == 0)
            {
                return false;
            }

            if ((at & 1) == 1 || at == last)
            {
                MerkleHash.Node(sibling, hash, hash);

                // The last of a level that has no neighbour goes up as it is.
                while ((at & 1) == 0 && at != 0)
                {
                    (at, last) = (at >> 1, last >> 1);
                }
            }
            else
            {
                MerkleHash.Node(hash, sibling, hash);
            }

            (at, last) = (at >> 1, last >> 1);
        }

        return last == 0 && hash.SequenceEqual(root);
    }

    private static Dictionary<(long From, long To), byte[]> Subtrees(CompactRange range)
    {
        var subtrees = new Dictionary<(long From, long To), byte[]>();
        var from = 0L;
        for (var i = 0; i < range.Count; i++)
        {
            var to = from + (long)(1UL << BitOperations.Log2((ulong)(range.Size - from)));
            subtrees.Add((from, to), range[i].ToArray());
            from = to;
        }

        return subtrees;
    }

    private static long LargestPowerBelow(long number) => 1L << BitOperations.Log2((ulong)(number - 1));
}
