using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Tree;

/// <summary>The known state of one item. Owner: the owner of the <see cref="Snapshot"/>.</summary>
/// <remarks>
/// There is one for each file, so an entry takes 80 bytes besides its <see cref="Text"/>. Attributes that many entries share are stored in
/// <see cref="SharedAttributes"/>.
/// </remarks>
internal sealed partial class SnapshotEntry
{
    private static readonly SharedAttributes Shared = new();

    // The parent directory; for a root its snapshot; null for a removed entry.
    private object? _above;

    // A byte[] with the text, or a ChildEntries that holds the text.
    private object _content = Array.Empty<byte>();
    private uint _birth;
    private ushort _attributes;
    private int _state;

    public SnapshotEntry(string name, in FileStatus status)
    {
        ChecksumStatus = ChecksumStatus.NotComputed;
        SetName(name);
        SetStatus(status);
    }

    /// <summary>The root of a snapshot.</summary>
    internal SnapshotEntry(IEntryOwner owner)
        : this("", new FileStatus { Outcome = FileStatusOutcome.Found, ItemType = ItemType.Directory }) => _above = owner;

    /// <summary>The name; a new string on each call.</summary>
    public string Name => StoredName.ToString();

    /// <summary>The parent directory; null for a root and for a removed entry.</summary>
    public SnapshotEntry? Parent => _above as SnapshotEntry;

    public int ChildCount => _content is ChildEntries children ? children.Count : 0;

    public ItemType Type { get => (ItemType)Get(EntryState.Type); private set => Set(EntryState.Type, (int)value); }

    public long Size { get; private set; }

    public long LastWriteTicks { get; private set; }

    public FileIdentity Identity => new(Attributes.Device, FileNumber, _birth);

    public int? Mode => Attributes.Mode;

    public uint? OwnerId => Attributes.OwnerId;

    public uint? GroupId => Attributes.GroupId;

    /// <summary>When content or metadata last changed; 0 when that is not known.</summary>
    public long ChangeTicks { get; private set; }

    public ChecksumStatus ChecksumStatus { get => (ChecksumStatus)Get(EntryState.ChecksumStatus); private set => Set(EntryState.ChecksumStatus, (int)value); }

    /// <summary>Whether the file is known without the checksum that was asked for, because reading it failed or did not end; a later read may succeed.</summary>
    public bool OwesChecksum => ChecksumStatus is ChecksumStatus.Pending or ChecksumStatus.Unstable or ChecksumStatus.Locked or ChecksumStatus.Unreadable or ChecksumStatus.Abandoned;

    /// <summary>The checksum of this state, if known. A new object on each call.</summary>
    public Sha256Digest? Digest => HasPrefix && Type != ItemType.SymbolicLink ? Sha256Digest.From(Text) : null;

    /// <summary>A link's target, if known. A new string on each call.</summary>
    public string? LinkTarget => HasPrefix && Type == ItemType.SymbolicLink ? EntryTarget.Read(Text) : null;

    /// <summary>
    /// Whether the consumer knows the item, by an event or by the baseline. False for a file that is still being hashed for its first event: it can be moved
    /// or deleted without an event.
    /// </summary>
    public bool IsAnnounced { get => Has(EntryState.IsAnnounced); set => Set(EntryState.IsAnnounced, value); }

    /// <summary>Whether its Baseline event is still to be emitted.</summary>
    public bool IsBaselineDue { get => Has(EntryState.IsBaselineDue); set => Set(EntryState.IsBaselineDue, value); }

    /// <summary>Whether the directory could not be read at the last scan, which was reported.</summary>
    public bool IsInaccessible { get => Has(EntryState.IsInaccessible); set => Set(EntryState.IsInaccessible, value); }

    /// <summary>Whether the file was reported while somebody had it open for writing, and is to be reported when nobody has.</summary>
    public bool IsToldOpen { get => Has(EntryState.IsToldOpen); set => Set(EntryState.IsToldOpen, value); }

    /// <summary>Why the directory is queued to be scanned.</summary>
    public DirectoryLook Look { get => (DirectoryLook)Get(EntryState.Look); set => Set(EntryState.Look, (int)value); }

    /// <summary>Whether the entry was removed from the tree: work that is still under way for it has no effect.</summary>
    public bool IsDetached { get => Has(EntryState.IsDetached); private set => Set(EntryState.IsDetached, value); }

    /// <summary>The file number: a part of the identity that can be read faster than the rest.</summary>
    internal ulong FileNumber { get; private set; }

    /// <summary>The bytes of the name, and of the checksum or the target if there is one.</summary>
    internal int TextBytes => Text.Length;

    internal EntryName StoredName => new(Text.AsSpan(PrefixLength), IsWide);

    /// <summary>The snapshot, found through the directories above; null when the entry or one of those was removed.</summary>
    internal IEntryOwner? Owner
    {
        get
        {
            var top = this;
            while (top._above is SnapshotEntry above)
            {
                top = above;
            }

            return top._above as IEntryOwner;
        }
    }

    public EntryAttributes Attributes => Shared.Get(this, _attributes);

    public SnapshotEntry? FindChild(ReadOnlySpan<char> name) => (_content as ChildEntries)?.Find(name);

    /// <summary>A copy of the current children.</summary>
    public SnapshotEntry[] ChildrenNow() => _content is ChildEntries children ? children.ToArray() : [];

    /// <summary>Whether the disk shows the known state: the same file, size and modification time.</summary>
    public bool IsSameState(in FileStatus status) =>
        Type == status.ItemType
        && Size == status.Size
        && LastWriteTicks == status.LastWriteTicks
        && Identity.MayEqual(status.Identity);

    /// <summary>Whether the change time is the known one, or one of the two is unknown. A different change time reveals a write that kept size and modification time.</summary>
    public bool HasSameChangeTime(in FileStatus status) => ChangeTicks == 0 || status.ChangeTicks == 0 || ChangeTicks == status.ChangeTicks;

    /// <summary>Takes over a new change time whose cause is known: the content is the same.</summary>
    public void NoteChangeTime(long changeTicks) => ChangeTicks = changeTicks;

    public bool HasSameAttributes(in FileStatus status) => ChangedMetadata(status) == ItemAttributes.None;

    /// <summary>What differs from a status of the same item, besides content, size and target. Extended attributes that one of both does not have are not compared.</summary>
    public ItemAttributes ChangedMetadata(in FileStatus status)
    {
        var known = Attributes;
        return (known.Mode == status.Mode ? 0 : ItemAttributes.Mode)
            | (known.OwnerId == status.OwnerId ? 0 : ItemAttributes.Owner)
            | (known.GroupId == status.GroupId ? 0 : ItemAttributes.Group)
            | (known.Flags == status.Flags ? 0 : ItemAttributes.Flags)
            | (LastWriteTicks == status.LastWriteTicks || Type == ItemType.Directory ? 0 : ItemAttributes.LastWriteTime)
            | (known.Extended is null || status.Extended is null ? 0 : ExtendedAttributes.Changes(known.Extended, status.Extended));
    }

    /// <summary>The known state, in the form of a status of the disk.</summary>
    public FileStatus ToStatus()
    {
        var known = Attributes;
        return new()
        {
            Outcome = FileStatusOutcome.Found,
            ItemType = Type,
            Size = Size,
            LastWriteTicks = LastWriteTicks,
            ChangeTicks = ChangeTicks,
            Device = known.Device,
            FileNumber = FileNumber,
            Mode = known.Mode,
            OwnerId = known.OwnerId,
            GroupId = known.GroupId,
            Flags = known.Flags,
            Extended = known.Extended,
            LinkTarget = LinkTarget,
        };
    }

    public void SetStatus(in FileStatus status)
    {
        if (HasPrefix && (Type == ItemType.SymbolicLink) != (status.ItemType == ItemType.SymbolicLink))
        {
            SetPrefix([]);
        }

        Type = status.ItemType;
        Size = status.ItemType is ItemType.File or ItemType.SymbolicLink ? status.Size : 0;
        LastWriteTicks = status.LastWriteTicks;
        NoteChangeTime(status.ChangeTicks);
        var identity = status.Identity;
        var isSame = Identity.IsSame(identity);
        var attributes = new EntryAttributes(status.Mode, status.OwnerId, status.GroupId, status.Device, status.Flags, status.Extended ?? (isSame ? Attributes.Extended : null));
        if (isSame)
        {
            // A status without a time of birth does not contradict one that has it.
            _birth = identity.Birth == 0 ? _birth : identity.Birth;
            SetAttributes(attributes);
            return;
        }

        var indexedBy = Parent is null ? null : Owner;
        indexedBy?.LeaveIndex(this);
        (FileNumber, _birth) = (identity.Number, identity.Birth);
        SetAttributes(attributes);
        indexedBy?.EnterIndex(this);
    }

    public void SetChecksum(ChecksumStatus status, Sha256Digest? digest = null)
    {
        ChecksumStatus = status;
        if (Type != ItemType.SymbolicLink)
        {
            Span<byte> bytes = stackalloc byte[Sha256Digest.Length];
            digest?.CopyTo(bytes);
            SetPrefix(digest is null ? [] : bytes);
        }
    }

    /// <summary>A link's target; null when it is not known.</summary>
    public void SetTarget(string? target)
    {
        if (Type == ItemType.SymbolicLink)
        {
            SetPrefix(string.IsNullOrEmpty(target) ? [] : EntryTarget.Of(target));
        }
    }

    internal void Attach(SnapshotEntry parent, string name, bool ignoresCase)
    {
        if (!StoredName.Equals(name, ignoreCase: false))
        {
            SetName(name);
        }

        if (parent._content is not ChildEntries children)
        {
            parent._content = children = new ChildEntries(parent.Text, ignoresCase);
        }

        children.Add(this);
        _above = parent;
    }

    internal void Detach(bool forGood)
    {
        var children = (ChildEntries)Parent!._content;
        children.Remove(this);
        if (children.Count == 0)
        {
            Parent._content = children.Text;
        }

        _above = null;
        IsDetached = forGood;
    }

    /// <summary>The root is removed from the monitor.</summary>
    internal void Discard() => IsDetached = true;

    private void SetAttributes(in EntryAttributes attributes)
    {
        if (Attributes != attributes)
        {
            _attributes = Shared.Set(this, attributes);
        }
    }

    private int Get(EntryState field) => (_state & (int)field) / Lowest(field);

    private void Set(EntryState field, int value) => _state = (_state & ~(int)field) | (value * Lowest(field));

    private bool Has(EntryState flag) => (_state & (int)flag) != 0;

    private void Set(EntryState flag, bool value) => _state = value ? _state | (int)flag : _state & ~(int)flag;

    private static int Lowest(EntryState field) => (int)field & -(int)field;
}

/// <summary>The layout of an entry's bits.</summary>
[Flags]
internal enum EntryState
{
    Type = 0b111,
    ChecksumStatus = 0b1111 << 3,
    Look = 0b111_1111 << 7,
    IsAnnounced = 1 << 14,
    IsBaselineDue = 1 << 15,
    IsInaccessible = 1 << 16,
    IsDetached = 1 << 17,

    /// <summary>A checksum or a target stands before the name.</summary>
    HasPrefix = 1 << 18,

    /// <summary>The name has two bytes for each character.</summary>
    IsWide = 1 << 19,
    IsToldOpen = 1 << 20,
}

/// <summary>The part of a snapshot that its entries use.</summary>
internal interface IEntryOwner
{
    /// <summary>The total size of the names and checksums of all entries, in bytes.</summary>
    long TextBytes { get; set; }

    /// <summary>Called by <see cref="SnapshotEntry.SetStatus"/> when another file has the entry's name.</summary>
    void LeaveIndex(SnapshotEntry entry);

    /// <inheritdoc cref="LeaveIndex"/>
    void EnterIndex(SnapshotEntry entry);
}
