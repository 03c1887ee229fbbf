namespace FileMonitor.Reconciliation;

/// <summary>What was last known of one item. Owned by the pipeline's one reader, like the <see cref="Snapshot"/> it stands in.</summary>
internal sealed class SnapshotEntry
{
    // Packed: there are as many of these as there are files.
    private byte _type;
    private byte _checksumStatus = (byte)ChecksumStatus.NotComputed;
    private bool _hasOwner;
    private bool _hasGroup;
    private int _mode;
    private uint _owner;
    private uint _group;

    public SnapshotEntry(string name, in FileStatus status)
    {
        Name = name;
        SetStatus(status);
    }

    public string Name { get; private set; }

    /// <summary>Null for a root, and for an entry that was taken out of the tree.</summary>
    public SnapshotEntry? Parent { get; private set; }

    public Dictionary<string, SnapshotEntry>? Children { get; private set; }

    public ItemType Type { get => (ItemType)_type; private set => _type = (byte)value; }

    public long Size { get; private set; }

    public long LastWriteTicks { get; private set; }

    public FileIdentity Identity { get; private set; }

    public int? Mode { get => _mode < 0 ? null : _mode; private set => _mode = value ?? -1; }

    public uint? OwnerId { get => _hasOwner ? _owner : null; private set => (_hasOwner, _owner) = (value.HasValue, value ?? 0); }

    public uint? GroupId { get => _hasGroup ? _group : null; private set => (_hasGroup, _group) = (value.HasValue, value ?? 0); }

    public ChecksumStatus ChecksumStatus { get => (ChecksumStatus)_checksumStatus; private set => _checksumStatus = (byte)value; }

    /// <summary>The checksum of the state described here, when it is known.</summary>
    public Sha256Digest? Digest { get; private set; }

    /// <summary>
    /// Whether the consumer knows of it, by an event or by the baseline. A file that is still being summed for its first event stands in
    /// the tree without: it can be moved, and vanish, without anyone having heard of it.
    /// </summary>
    public bool IsAnnounced { get; set; }

    /// <summary>Its Baseline event is still to come.</summary>
    public bool IsBaselineDue { get; set; }

    /// <summary>The directory could not be read when it was last looked into, and that was said.</summary>
    public bool IsInaccessible { get; set; }

    /// <summary>How the directory is queued to be looked into.</summary>
    public DirectoryLook Look { get; set; }

    /// <summary>Taken out of the tree: what is still being done for it has no effect any more.</summary>
    public bool IsDetached { get; private set; }

    /// <summary>Whether the disk shows the state that is known: the same file, size and modification time.</summary>
    public bool IsSameState(in FileStatus status) =>
        Type == status.ItemType
        && Size == status.Size
        && LastWriteTicks == status.LastWriteTicks
        && Identity.MayEqual(status.Identity);

    public bool HasSameAttributes(in FileStatus status) =>
        Mode == status.Mode
        && OwnerId == status.OwnerId
        && GroupId == status.GroupId
        && (LastWriteTicks == status.LastWriteTicks || Type == ItemType.Directory);

    public void SetStatus(in FileStatus status)
    {
        Type = status.ItemType;
        Size = status.ItemType is ItemType.File or ItemType.SymbolicLink ? status.Size : 0;
        LastWriteTicks = status.LastWriteTicks;
        Identity = status.Identity;
        Mode = status.Mode;
        OwnerId = status.OwnerId;
        GroupId = status.GroupId;
    }

    public void SetChecksum(ChecksumStatus status, Sha256Digest? digest = null)
    {
        ChecksumStatus = status;
        Digest = digest;
    }

    internal void Attach(SnapshotEntry parent, string name, StringComparer comparer)
    {
        parent.Children ??= new Dictionary<string, SnapshotEntry>(comparer);
        parent.Children[name] = this;
        Parent = parent;
        Name = name;
    }

    internal void Detach(bool forGood)
    {
        Parent!.Children!.Remove(Name);
        Parent = null;
        IsDetached = forGood;
    }
}

/// <summary>How a directory is queued to be looked into; reasons add up.</summary>
[Flags]
internal enum DirectoryLook : byte
{
    None = 0,

    /// <summary>It is new or moved: what is in it is Discovered.</summary>
    Discover = 1,

    /// <summary>Known directories below it are looked into as well.</summary>
    Tree = 2,

    /// <summary>Hints were lost: what is found is Reconciled.</summary>
    Reconcile = 4,
}
