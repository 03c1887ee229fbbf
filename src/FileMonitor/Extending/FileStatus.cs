using System.Text.Json.Serialization;
using FileMonitor.Values;

namespace FileMonitor.Extending;

/// <summary>The outcome of examining a path.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FileStatusOutcome>))]
public enum FileStatusOutcome
{
    /// <summary>Nothing is there.</summary>
    Missing,

    /// <summary>Something is there, and the other properties describe it.</summary>
    Found,

    /// <summary>Permission was denied: it is not known whether something is there.</summary>
    Inaccessible,

    /// <summary>The file system reported an error: it is not known whether something is there.</summary>
    Failed,
}

/// <summary>The metadata of one path at one moment. For a symbolic link, those of the link itself.</summary>
public readonly struct FileStatus
{
    /// <summary>The outcome: whether the other properties are set.</summary>
    public FileStatusOutcome Outcome { get; init; }

    /// <summary>The type of the item.</summary>
    public ItemType ItemType { get; init; }

    /// <summary>Size in bytes of a file.</summary>
    public long Size { get; init; }

    /// <summary>The target of a link, when it was read together with the status; null otherwise.</summary>
    internal string? LinkTarget { get; init; }

    /// <summary>When the content was last written: ticks of 100 ns since year 1, UTC (<see cref="DateTime.Ticks"/>).</summary>
    public long LastWriteTicks { get; init; }

    /// <summary>The device or volume; 0 when unknown.</summary>
    public ulong Device { get; init; }

    /// <summary>The inode or file id on that device; 0 when unknown.</summary>
    public ulong FileNumber { get; init; }

    /// <summary>Permission bits; null when the system has none.</summary>
    public int? Mode { get; init; }

    /// <summary>Numeric owner; null when it is not known.</summary>
    public uint? OwnerId { get; init; }

    /// <summary>Numeric group; null when it is not known.</summary>
    public uint? GroupId { get; init; }

    /// <summary>Flags of the file system. Default: none.</summary>
    public ItemFlags Flags { get; init; }

    /// <summary>The extended attributes, as <see cref="AttributeText"/> writes them, when they were read with the status; null otherwise.</summary>
    internal string? Extended { get; init; }

    /// <summary>How many names the file has; 0 when unknown.</summary>
    public uint HardLinkCount { get; init; }

    /// <summary>
    /// When content or metadata last changed; programs cannot set this time. Ticks of 100 ns since year 1, UTC; 0 when the system does not
    /// report it. It reveals a write whose modification time was set back.
    /// </summary>
    public long ChangeTicks { get; init; }

    /// <summary>
    /// When the file was created; programs cannot set this time. Ticks of 100 ns since year 1, UTC; 0 when the system does not report it. It
    /// tells a file from an earlier one with the same <see cref="FileNumber"/>.
    /// </summary>
    public long BirthTicks { get; init; }

    internal FileIdentity Identity => new(Device, FileNumber, FileIdentity.StampOf(BirthTicks));

    internal bool IsFound => Outcome == FileStatusOutcome.Found;

    /// <summary>Whether both describe the same state of the same file: identity, size and modification time.</summary>
    internal bool IsSameState(in FileStatus other) =>
        Outcome == other.Outcome
        && ItemType == other.ItemType
        && Size == other.Size
        && LastWriteTicks == other.LastWriteTicks
        && Identity.MayEqual(other.Identity);
}
