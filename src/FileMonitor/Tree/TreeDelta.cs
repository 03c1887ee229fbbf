using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Tree;

/// <summary>The kind of a <see cref="TreeDelta"/>.</summary>
internal enum TreeDeltaKind
{
    /// <summary>Adds an item.</summary>
    Add,

    /// <summary>Changes the parts of an item that are set.</summary>
    Update,

    /// <summary>Moves an item with everything below it.</summary>
    Move,

    /// <summary>Removes an item that has nothing below it.</summary>
    Remove,

    /// <summary>Marks the root as lost or as present.</summary>
    Root,
}

/// <summary>
/// One change of a snapshot, as a value. It names the item by its path, so that it can be stored and applied to another snapshot with the same baseline and the
/// same earlier changes.
/// </summary>
internal readonly struct TreeDelta
{
    public required TreeDeltaKind Kind { get; init; }

    /// <summary>The path below the root before the change; empty for the root itself.</summary>
    public required string Path { get; init; }

    /// <summary>For a move: the new path.</summary>
    public string? NewPath { get; init; }

    /// <summary>The new state; null when unchanged.</summary>
    public FileStatus? Status { get; init; }

    /// <summary>The new checksum status; null when unchanged. <see cref="Digest"/> changes with it.</summary>
    public ChecksumStatus? Checksum { get; init; }

    /// <summary>The checksum; null when there is none.</summary>
    public Sha256Digest? Digest { get; init; }

    /// <summary>A link's target, if <see cref="HasTarget"/> is set.</summary>
    public string? Target { get; init; }

    /// <summary>Whether the target changed or became known.</summary>
    public bool HasTarget { get; init; }

    /// <summary>The new change time; null when unchanged.</summary>
    public long? ChangeTicks { get; init; }

    /// <summary>Whether the consumer knows the item; null when unchanged.</summary>
    public bool? IsAnnounced { get; init; }

    /// <summary>Whether its Baseline event is still to be emitted; null when unchanged.</summary>
    public bool? IsBaselineDue { get; init; }

    /// <summary>Whether the directory cannot be read; null when unchanged.</summary>
    public bool? IsInaccessible { get; init; }

    /// <summary>Whether the file was reported while somebody had it open for writing, and is to be reported when nobody has; null when unchanged.</summary>
    public bool? IsToldOpen { get; init; }

    /// <summary>For the root: whether it is lost; null when unchanged.</summary>
    public bool? IsLost { get; init; }

    public static TreeDelta Add(string path, in FileStatus status) => new() { Kind = TreeDeltaKind.Add, Path = path, Status = status };

    public static TreeDelta Update(string path) => new() { Kind = TreeDeltaKind.Update, Path = path };

    public static TreeDelta Update(string path, in FileStatus status) => new() { Kind = TreeDeltaKind.Update, Path = path, Status = status };

    public static TreeDelta Move(string path, string newPath) => new() { Kind = TreeDeltaKind.Move, Path = path, NewPath = newPath };

    public static TreeDelta Remove(string path) => new() { Kind = TreeDeltaKind.Remove, Path = path };

    public static TreeDelta Root(bool isLost) => new() { Kind = TreeDeltaKind.Root, Path = "", IsLost = isLost };
}
