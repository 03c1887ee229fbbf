using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Durable.Baseline;

/// <summary>
/// The stored state of one item. It has the data of a <see cref="SnapshotEntry"/> and changes by the same rules, with two differences: the times of birth and change
/// are stored in full, and a directory has a number.
/// </summary>
internal readonly record struct StoredItem
{
    public ItemType Type { get; init; }

    public ChecksumStatus Checksum { get; init; }

    public bool IsAnnounced { get; init; }

    public bool IsBaselineDue { get; init; }

    public bool IsInaccessible { get; init; }

    public bool IsToldOpen { get; init; }

    public long Size { get; init; }

    public long LastWriteTicks { get; init; }

    public long ChangeTicks { get; init; }

    public long BirthTicks { get; init; }

    public ulong Device { get; init; }

    public ulong FileNumber { get; init; }

    public int? Mode { get; init; }

    public uint? OwnerId { get; init; }

    public uint? GroupId { get; init; }

    public ItemFlags Flags { get; init; }

    /// <summary>The extended attributes as one text; null when they were not read.</summary>
    public string? Extended { get; init; }

    /// <summary>The digest of the content of a file, if known.</summary>
    public Sha256Digest? Digest { get; init; }

    /// <summary>The target of a link, if known.</summary>
    public string? Target { get; init; }

    /// <summary>The number that the rows of its items refer to; 0 until it has had an item.</summary>
    public long Directory { get; init; }

    private FileIdentity Identity => new(Device, FileNumber, FileIdentity.StampOf(BirthTicks));

    /// <summary>Makes the item of an <see cref="TreeDeltaKind.Add"/>.</summary>
    public static StoredItem New(in TreeDelta delta) => new StoredItem { Checksum = ChecksumStatus.NotComputed }.After(delta);

    /// <summary>The root of an empty snapshot.</summary>
    public static StoredItem NewRoot { get; } = new() { Type = ItemType.Directory, Checksum = ChecksumStatus.NotComputed, IsAnnounced = true };

    /// <summary>Applies a change as <see cref="Snapshot.Apply"/> does to an entry.</summary>
    public StoredItem After(in TreeDelta delta)
    {
        var item = delta.Status is { } status ? WithStatus(status) : this;
        var isLink = item.Type == ItemType.SymbolicLink;
        if (delta.Checksum is { } checksum)
        {
            item = item with { Checksum = checksum, Digest = isLink ? null : delta.Digest };
        }

        if (delta.HasTarget && isLink)
        {
            item = item with { Target = delta.Target is { Length: > 0 } target ? target : null };
        }

        return item with
        {
            ChangeTicks = delta.ChangeTicks ?? item.ChangeTicks,
            IsAnnounced = delta.IsAnnounced ?? item.IsAnnounced,
            IsBaselineDue = delta.IsBaselineDue ?? item.IsBaselineDue,
            IsInaccessible = delta.IsInaccessible ?? item.IsInaccessible,
            IsToldOpen = delta.IsToldOpen ?? item.IsToldOpen,
        };
    }

    /// <summary>The change that adds this item to a snapshot.</summary>
    public TreeDelta ToDelta(string path)
    {
        var isLink = Type == ItemType.SymbolicLink;
        return new TreeDelta
        {
            Kind = TreeDeltaKind.Add,
            Path = path,
            Status = new FileStatus
            {
                Outcome = FileStatusOutcome.Found,
                ItemType = Type,
                Size = Size,
                LastWriteTicks = LastWriteTicks,
                Device = Device,
                FileNumber = FileNumber,
                Mode = Mode,
                OwnerId = OwnerId,
                GroupId = GroupId,
                ChangeTicks = ChangeTicks,
                BirthTicks = BirthTicks,
                Flags = Flags,
                Extended = Extended,
            },
            Checksum = Checksum,
            Digest = Digest,
            Target = Target,
            HasTarget = isLink,
            IsAnnounced = IsAnnounced,
            IsBaselineDue = IsBaselineDue,
            IsInaccessible = IsInaccessible,
            IsToldOpen = IsToldOpen,
        };
    }

    private StoredItem WithStatus(in FileStatus status)
    {
        // A status without a time of birth does not contradict one that has it.
        var isSame = Identity.IsSame(status.Identity);
        var keepsBirth = FileIdentity.StampOf(status.BirthTicks) == 0 && isSame;
        var keepsContent = (Type == ItemType.SymbolicLink) == (status.ItemType == ItemType.SymbolicLink);
        return this with
        {
            Type = status.ItemType,
            Digest = keepsContent ? Digest : null,
            Target = keepsContent ? Target : null,
            Flags = status.Flags,
            Extended = status.Extended ?? (isSame ? Extended : null),
            Size = status.ItemType is ItemType.File or ItemType.SymbolicLink ? status.Size : 0,
            LastWriteTicks = status.LastWriteTicks,
            ChangeTicks = status.ChangeTicks,
            BirthTicks = keepsBirth ? BirthTicks : status.BirthTicks,
            Device = status.Device,
            FileNumber = status.FileNumber,
            Mode = status.Mode,
            OwnerId = status.OwnerId,
            GroupId = status.GroupId,
        };
    }
}
