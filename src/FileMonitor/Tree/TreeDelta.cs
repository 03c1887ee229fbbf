using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Tree;

/// <summary>What a <see cref="TreeDelta"/> does.</summary>
internal enum TreeDeltaKind
{
    /// <summary>An item is known from now on.</summary>
    Add,

    /// <summary>What is known of an item is another: the parts that are set.</summary>
    Update,

    /// <summary>An item, with everything below it, has another path.</summary>
    Move,

    /// <summary>An item is not known any more; nothing is below it.</summary>
    Remove,

    /// <summary>The root is lost, or there again.</summary>
    Root,
}

/// <summary>
/// One change of what is known of a root, as a value: by its path and not by an entry, so that it can be stored and applied again to a snapshot
/// that was made from the same baseline by the same changes.
/// </summary>
internal readonly struct TreeDelta
{
    public required TreeDeltaKind Kind { get; init; }

    /// <summary>The path below the root, before the change; empty for the root itself.</summary>
    public required string Path { get; init; }

    /// <summary>For a move: the path after it.</summary>
    public string? NewPath { get; init; }

    /// <summary>The state that is known from now on; null where it stays.</summary>
    public FileStatus? Status { get; init; }

    /// <summary>Whether there is a checksum, or why not; null where that stays. <see cref="Digest"/> belongs to it.</summary>
    public ChecksumStatus? Checksum { get; init; }

    /// <summary>The checksum; null where there is none.</summary>
    public Sha256Digest? Digest { get; init; }

    /// <summary>For a link: the digest of its target, where <see cref="HasTarget"/> is set.</summary>
    public Sha256Digest? Target { get; init; }

    /// <summary>Whether the target is another one, or known for the first time.</summary>
    public bool HasTarget { get; init; }

    /// <summary>The change time that is known from now on; null where it stays.</summary>
    public long? ChangeTicks { get; init; }

    /// <summary>Whether the consumer knows of the item; null where that stays.</summary>
    public bool? IsAnnounced { get; init; }

    /// <summary>Whether its Baseline event is still to come; null where that stays.</summary>
    public bool? IsBaselineDue { get; init; }

    /// <summary>Whether the directory is closed to us; null where that stays.</summary>
    public bool? IsInaccessible { get; init; }

    /// <summary>For the root: whether it is lost; null where that stays.</summary>
    public bool? IsLost { get; init; }

    public static TreeDelta Add(string path, in FileStatus status) => new() { Kind = TreeDeltaKind.Add, Path = path, Status = status };

    public static TreeDelta Update(string path) => new() { Kind = TreeDeltaKind.Update, Path = path };

    public static TreeDelta Update(string path, in FileStatus status) => new() { Kind = TreeDeltaKind.Update, Path = path, Status = status };

    public static TreeDelta Move(string path, string newPath) => new() { Kind = TreeDeltaKind.Move, Path = path, NewPath = newPath };

    public static TreeDelta Remove(string path) => new() { Kind = TreeDeltaKind.Remove, Path = path };

    public static TreeDelta Root(bool isLost) => new() { Kind = TreeDeltaKind.Root, Path = "", IsLost = isLost };
}
