using System.Security.Cryptography;
using System.Text;
using FileMonitor.Durable.Journal.Tree;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.Journal;

public sealed class MerkleTreeTests
{
    // The leaves that RFC 6962 implementations are tested with everywhere, and the roots over the first of them.
    private static readonly string[] KnownLeaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] KnownRoots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void The_roots_are_those_of_RFC_6962()
    {
        var range = new CompactRange();
        var roots = new List<string> { Hex(range.Root()) };
        foreach (var leaf in KnownLeaves)
        {
            range.Append(MerkleHash.Leaf(Convert.FromHexString(leaf)));
            roots.Add(Hex(range.Root()));
        }

        roots.Should().Equal(KnownRoots);
    }

    [Fact]
    public void A_line_that_is_hashed_in_place_gives_the_lent_byte_back()
    {
        var line = Encoding.UTF8.GetBytes("x{\"a\":1}\n");
        var hash = new byte[MerkleHash.Size];

        MerkleHash.LeafInPlace(line, hash);

        hash.Should().Equal(MerkleHash.Leaf(line.AsSpan(1)));
        line[0].Should().Be((byte)'x');
    }

    [Fact]
    public void A_range_goes_on_from_its_hashes()
    {
        for (var before = 0; before < 40; before++)
        {
            var whole = RangeOf(before);
            var restored = CompactRange.TryRestore(before, [.. Enumerable.Range(0, whole.Count).Select(i => whole[i].ToArray())])!;
            for (var leaf = before; leaf < 50; leaf++)
            {
                whole.Append(Leaf(leaf));
                restored.Append(Leaf(leaf));
            }

            restored.Root().Should().Equal(whole.Root());
        }
    }

    [Fact]
    public void A_range_with_a_wrong_number_of_hashes_is_none()
    {
        CompactRange.TryRestore(3, [new byte[32]]).Should().BeNull();
        CompactRange.TryRestore(1, [new byte[31]]).Should().BeNull();
        CompactRange.TryRestore(-1, []).Should().BeNull();
        CompactRange.TryRestore(CompactRange.MostLeaves, [new byte[32]]).Should().BeNull();
    }

    [Fact]
    public void Each_record_of_each_small_tree_is_proved_from_each_place_that_a_segment_can_begin()
    {
        for (var size = 1; size <= 33; size++)
        {
            var root = RangeOf(size).Root();
            for (var first = 0; first < size; first++)
            {
                var leaves = Enumerable.Range(first, size - first).Select(Leaf).ToArray();
                for (var index = first; index < size; index++)
                {
                    var path = InclusionProof.Of(RangeOf(first), leaves, index, size);

                    InclusionProof.Leads(Leaf(index), index, size, path, root).Should().BeTrue($"record {index} of {size} stands in a segment from {first} on");
                    InclusionProof.Leads(Leaf(index), index ^ 1, size, path, root).Should().BeFalse();
                    InclusionProof.Leads(Leaf(index + 1), index, size, path, root).Should().BeFalse();
                    InclusionProof.Leads(Leaf(index), index, size, [.. path, new byte[32]], root).Should().BeFalse();
                    InclusionProof.Leads(Leaf(index), index, size, [.. path.Take(path.Count - 1)], root).Should().Be(path.Count == 0);
                }
            }
        }
    }

    [Fact]
    public void The_path_is_the_one_of_RFC_6962()
    {
        // The example of section 2.1.3: of seven leaves, the path of the fourth is c, g, l.
        byte[][] leaves = [.. Enumerable.Range(0, 7).Select(Leaf)];
        var path = InclusionProof.Of(new(), leaves, 3, 7);

        path.Should().HaveCount(3);
        path[0].Should().Equal(leaves[2]);
        path[1].Should().Equal(Node(leaves[0], leaves[1]));
        path[2].Should().Equal(Node(Node(leaves[4], leaves[5]), leaves[6]));
    }

    private static CompactRange RangeOf(int size)
    {
        var range = new CompactRange();
        for (var leaf = 0; leaf < size; leaf++)
        {
            range.Append(Leaf(leaf));
        }

        return range;
    }

    private static byte[] Leaf(int number) => MerkleHash.Leaf([(byte)number]);

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
