using System.Security.Cryptography;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Durable.Tests.Baseline;

/// <summary>Changes that fit a snapshot, any of them, and the snapshot that they lead to.</summary>
internal sealed class RandomDeltas(int seed, bool ignoresCase = false)
{
    public static readonly long[] ChangeTicks = [0, 1, 638_000_000_000_000_000, long.MaxValue];

    // Of one byte a character, of more, that are no text, quotes, a line's end, and such as have another case.
    private static readonly string[] Names =
    [
        "a", "A", "b", "file.txt", "two words", "it's \"quoted\"", "line\nend", "É", "é", "ÿ", "Ÿ", "ß", "ſ", "s", "İ", "ı", "i", "ǅ", "日本語", "😀", "\ud83d", "\ude00",
        "\udc80\udcff", "x\ud800", "\udfffx", "\udcc3\udca9", "\0", "\u001f", "...", new string('x', 300), "%", ";--", "𐐀", "𐐨",
    ];

    private static readonly string[] Extended = ["", "user.a\0" + new string('0', 64), "system.posix_acl_access\0user::rw-,mask::r--,other::r--"];

    private static readonly ulong[] Numbers = [0, 1, 2, 3, long.MaxValue, ulong.MaxValue];

    private readonly Random _random = new(seed);

    // Few, so that they meet again.
    private readonly string[] _names = [.. new Random(seed).GetItems(Names, 6)];

    public Snapshot Snapshot { get; } = SnapshotFacts.NewSnapshot(ignoresCase);

    /// <summary>Each is applied to the snapshot before the next one is made.</summary>
    public List<TreeDelta> Next(int count)
    {
        var deltas = new List<TreeDelta>();
        while (deltas.Count < count)
        {
            if (Try() is { } delta)
            {
                Snapshot.Apply(delta);
                deltas.Add(delta);
            }
        }

        return deltas;
    }

    private TreeDelta? Try() => _random.Next(20) switch
    {
        < 7 => Add(),
        < 9 => Move(),
        < 11 => Remove(),
        < 12 => Rest(TreeDelta.Root(Chance(2)) with { Status = Chance(2) ? Status() : null, IsLost = Chance(2) ? Chance(2) : null }),
        < 13 => TreeDelta.Update(PathOf(Any())) with { ChangeTicks = Of(ChangeTicks) },
        _ => Rest(TreeDelta.Update(PathOf(Any())) with { Status = Chance(2) ? Status() : null }),
    };

    // Below a file, too: a directory that becomes one may keep what is in it for a while.
    private TreeDelta Add() => Rest(TreeDelta.Add(PathText.Join(PathOf(Any()), Of(_names)), Status()));

    private TreeDelta? Move()
    {
        var (moved, parent) = (Any(), Any());
        var newPath = PathText.Join(PathOf(parent), Of(_names));
        for (var above = parent; above is not null; above = above.Parent)
        {
            if (above == moved)
            {
                return null;
            }
        }

        var isFree = Snapshot.Find(newPath) is not { } there || there == moved;
        return isFree && moved != Snapshot.Top ? Rest(TreeDelta.Move(PathOf(moved), newPath)) : null;
    }

    private TreeDelta? Remove()
    {
        var entry = Any();
        return entry.ChildCount == 0 && entry != Snapshot.Top ? TreeDelta.Remove(PathOf(entry)) : null;
    }

    private TreeDelta Rest(TreeDelta delta) => delta with
    {
        Checksum = Chance(2) ? (ChecksumStatus)_random.Next((int)ChecksumStatus.TimedOut + 1) : null,
        Digest = Chance(2) ? Digest() : null,
        Target = Chance(2) ? Of(Names) : null,
        HasTarget = Chance(2),
        ChangeTicks = Chance(4) ? Of(ChangeTicks) : null,
        IsAnnounced = Chance(2) ? Chance(2) : null,
        IsBaselineDue = Chance(2) ? Chance(2) : null,
        IsInaccessible = Chance(2) ? Chance(2) : null,
        IsToldOpen = Chance(2) ? Chance(2) : null,
    };

    private FileStatus Status() => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = (ItemType)_random.Next((int)ItemType.Other + 1),
        Size = Of([0, 1, 1L << 40, long.MaxValue]),
        LastWriteTicks = Of(ChangeTicks),
        ChangeTicks = Of(ChangeTicks),
        BirthTicks = Of(ChangeTicks),
        Device = Of(Numbers),
        FileNumber = Of(Numbers),
        Mode = Chance(2) ? null : Of([0, 420, int.MaxValue]),
        OwnerId = Chance(2) ? null : Of<uint>([0, 1000, uint.MaxValue]),
        GroupId = Chance(2) ? null : Of<uint>([0, 1000, uint.MaxValue]),
        Flags = (ItemFlags)_random.Next(4),
        Extended = Chance(2) ? Of(Extended) : null,
        HardLinkCount = 2,
    };

    private SnapshotEntry Any() => Snapshot.Count == 0 || Chance(5) ? Snapshot.Top : Snapshot.All().ElementAt(_random.Next(Snapshot.Count));

    private string PathOf(SnapshotEntry entry)
    {
        var path = Snapshot.PathOf(entry);
        return ignoresCase && Chance(2) ? path.ToUpperInvariant() : path;
    }

    private Sha256Digest Digest() => Sha256Digest.From(SHA256.HashData([(byte)_random.Next(100)]));

    private bool Chance(int of) => _random.Next(of) == 0;

    private T Of<T>(T[] values) => values[_random.Next(values.Length)];
}
