using FileMonitor.Durable.Journal.Tree;

namespace FileMonitor.Durable.Journal.Witnessing;

/// <summary>
/// The tree over the records that a witness was given. A checkpoint arrives after records that it does not cover, so the last leaves are kept one by one: the root at any size
/// among them can be computed. Older ones are folded into a compact range. One owner.
/// </summary>
internal sealed class WitnessedTree
{
    /// <summary>Two checkpoints' worth of records, so that one that is late by a whole interval can still be compared.</summary>
    public const int MostLeaves = 2 * 1024;

    private readonly CompactRange _folded;
    private readonly CompactRange _all;
    private readonly Queue<byte[]> _leaves = new();

    public WitnessedTree()
        : this(new CompactRange())
    {
    }

    /// <param name="folded">The tree to go on with.</param>
    public WitnessedTree(CompactRange folded) => (_folded, _all) = (folded, folded.Copy());

    /// <summary>How many records it is over.</summary>
    public long Size => _all.Size;

    /// <summary>The smallest size of which the root can be told.</summary>
    public long FirstSize => _folded.Size;

    public CompactRange Folded => _folded;

    /// <param name="lineWithoutFeed">The record, without its LF.</param>
    public void Append(ReadOnlySpan<byte> lineWithoutFeed)
    {
        byte[] line = [.. lineWithoutFeed, (byte)'\n'];
        var leaf = MerkleHash.Leaf(line);
        _all.Append(leaf);
        _leaves.Enqueue(leaf);
        if (_leaves.Count > MostLeaves)
        {
            _folded.Append(_leaves.Dequeue());
        }
    }

    /// <summary>The root over the first records.</summary>
    /// <param name="size">From <see cref="FirstSize"/> to <see cref="Size"/>.</param>
    public byte[] RootAt(long size)
    {
        if (size == Size)
        {
            return _all.Root();
        }

        var range = _folded.Copy();
        foreach (var leaf in _leaves.Take((int)(size - _folded.Size)))
        {
            range.Append(leaf);
        }

        return range.Root();
    }
}
