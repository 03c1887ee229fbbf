using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Tree;

/// <summary>What was last known of one item. Owned by the pump, like the <see cref="Snapshot"/> it stands in.</summary>
/// <remarks>
/// There are as many of these as there are files, so each takes 72 bytes and its <see cref="Text"/>: nothing is kept here that fits there,
/// or that many have in common.
/// </remarks>
internal sealed partial class SnapshotEntry
{
    private static readonly SharedAttributes Shared = new();

    // The directory it is in; for a root its snapshot; null for an entry that was taken out.
    private object? _above;

    // A byte[], its text; or a ChildEntries, which then holds the text.
    private object _content = Array.Empty<byte>();
    private uint _birth;
    private uint _change;
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

    /// <summary>A new string every time.</summary>
    public string Name => StoredName.ToString();

    /// <summary>Null for a root, and for an entry that was taken out of the tree.</summary>
    public SnapshotEntry? Parent => _above as SnapshotEntry;

    public int ChildCount => _content is ChildEntries children ? children.Count : 0;

    public ItemType Type { get => (ItemType)Get(EntryState.Type); private set => Set(EntryState.Type, (int)value); }

    public long Size { get; private set; }

    public long LastWriteTicks { get; private set; }

    public FileIdentity Identity => new(Attributes.Device, FileNumber, _birth);

    public int? Mode => Attributes.Mode;

    public uint? OwnerId => Attributes.OwnerId;

    public uint? GroupId => Attributes.GroupId;

    public ChecksumStatus ChecksumStatus { get => (ChecksumStatus)Get(EntryState.ChecksumStatus); private set => Set(EntryState.ChecksumStatus, (int)value); }

    /// <summary>The checksum of the state described here, when it is known. A new object every time.</summary>
    public Sha256Digest? Digest => HasDigest && Type != ItemType.SymbolicLink ? Sha256Digest.From(Text) : null;

    /// <summary>The digest of the target of a link, when it is known. A new object every time.</summary>
    public Sha256Digest? TargetDigest => HasDigest && Type == ItemType.SymbolicLink ? Sha256Digest.From(Text) : null;

    /// <summary>
    /// Whether the consumer knows of it, by an event or by the baseline. A file that is still being summed for its first event stands in
    /// the tree without: it can be moved, and vanish, without anyone having heard of it.
    /// </summary>
    public bool IsAnnounced { get => Has(EntryState.IsAnnounced); set => Set(EntryState.IsAnnounced, value); }

    /// <summary>Its Baseline event is still to come.</summary>
    public bool IsBaselineDue { get => Has(EntryState.IsBaselineDue); set => Set(EntryState.IsBaselineDue, value); }

    /// <summary>The directory could not be read when it was last looked into, and that was said.</summary>
    public bool IsInaccessible { get => Has(EntryState.IsInaccessible); set => Set(EntryState.IsInaccessible, value); }

    /// <summary>How the directory is queued to be looked into.</summary>
    public DirectoryLook Look { get => (DirectoryLook)Get(EntryState.Look); set => Set(EntryState.Look, (int)value); }

    /// <summary>Taken out of the tree: what is still being done for it has no effect any more.</summary>
    public bool IsDetached { get => Has(EntryState.IsDetached); private set => Set(EntryState.IsDetached, value); }

    /// <summary>A part of the identity; alone, because the rest of it takes longer to read.</summary>
    internal ulong FileNumber { get; private set; }

    /// <summary>The bytes of its name, and of its checksum when there is one.</summary>
    internal int TextBytes => Text.Length;

    internal EntryName StoredName => new(Text.AsSpan(DigestLength), IsWide);

    /// <summary>The snapshot it stands in, found through the directories above; null once it, or one of those, was taken out.</summary>
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

    /// <summary>The checksum, when there is one, then the name.</summary>
    private byte[] Text
    {
        get => _content as byte[] ?? ((ChildEntries)_content).Text;
        set
        {
            if (_content is ChildEntries children)
            {
                children.Text = value;
            }
            else
            {
                _content = value;
            }
        }
    }

    private bool HasDigest { get => Has(EntryState.HasDigest); set => Set(EntryState.HasDigest, value); }

    private bool IsWide { get => Has(EntryState.IsWide); set => Set(EntryState.IsWide, value); }

    private int DigestLength => HasDigest ? Sha256Digest.Length : 0;

    private EntryAttributes Attributes => Shared.Get(this, _attributes);

    public SnapshotEntry? FindChild(ReadOnlySpan<char> name) => (_content as ChildEntries)?.Find(name);

    /// <summary>What is in the directory now; what happens to it later does not show.</summary>
    public SnapshotEntry[] ChildrenNow() => _content is ChildEntries children ? children.ToArray() : [];

    /// <summary>Whether the disk shows the state that is known: the same file, size and modification time.</summary>
    public bool IsSameState(in FileStatus status) =>
        Type == status.ItemType
        && Size == status.Size
        && LastWriteTicks == status.LastWriteTicks
        && Identity.MayEqual(status.Identity);

    /// <summary>Whether the change time is the one that is known, or one of them is not known. It shows writes that leave size and modification time as they were.</summary>
    public bool HasSameChangeTime(in FileStatus status) => _change == 0 || status.ChangeTicks == 0 || _change == FileIdentity.StampOf(status.ChangeTicks);

    /// <summary>What changed the change time is known: the content is as it was.</summary>
    public void NoteChangeTime(long changeTicks) => _change = FileIdentity.StampOf(changeTicks);

    public bool HasSameAccess(in FileStatus status) =>
        Attributes is var known
        && known.Mode == status.Mode
        && known.OwnerId == status.OwnerId
        && known.GroupId == status.GroupId;

    public bool HasSameAttributes(in FileStatus status) =>
        HasSameAccess(status)
        && (LastWriteTicks == status.LastWriteTicks || Type == ItemType.Directory);

    /// <summary>The state that is known, as the disk would show it.</summary>
    public FileStatus ToStatus() => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = Type,
        Size = Size,
        LastWriteTicks = LastWriteTicks,
        Device = Identity.Device,
        FileNumber = FileNumber,
        Mode = Mode,
        OwnerId = OwnerId,
        GroupId = GroupId,
    };

    public void SetStatus(in FileStatus status)
    {
        Type = status.ItemType;
        Size = status.ItemType is ItemType.File or ItemType.SymbolicLink ? status.Size : 0;
        LastWriteTicks = status.LastWriteTicks;
        NoteChangeTime(status.ChangeTicks);
        var identity = status.Identity;
        var attributes = new EntryAttributes(status.Mode, status.OwnerId, status.GroupId, status.Device);
        if (Identity.IsSame(identity))
        {
            // A status that does not know the birth does not contradict the one that did.
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
            SetDigest(digest);
        }
    }

    /// <summary>For a link: the digest of its target.</summary>
    public void SetTarget(Sha256Digest? target)
    {
        if (Type == ItemType.SymbolicLink)
        {
            SetDigest(target);
        }
    }

    private void SetDigest(Sha256Digest? digest)
    {
        if (HasDigest != digest is not null)
        {
            var before = Text.Length;
            var name = Text.AsSpan(DigestLength);
            HasDigest = digest is not null;
            var text = new byte[DigestLength + name.Length];
            name.CopyTo(text.AsSpan(DigestLength));
            Text = text;
            if (Parent is not null && Owner is { } owner)
            {
                owner.TextBytes += text.Length - before;
            }
        }

        digest?.CopyTo(Text);
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

    private void SetName(string name)
    {
        var isWide = EntryName.IsWide(name);
        var text = new byte[DigestLength + EntryName.BytesOf(name, isWide)];
        Text.AsSpan(0, DigestLength).CopyTo(text);
        EntryName.Write(name, text.AsSpan(DigestLength), isWide);
        IsWide = isWide;
        Text = text;
    }

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

/// <summary>What lies where in an entry's bits.</summary>
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
    HasDigest = 1 << 18,

    /// <summary>The name takes two bytes a character.</summary>
    IsWide = 1 << 19,
}

/// <summary>The snapshot that entries stand in, as they see it.</summary>
internal interface IEntryOwner
{
    /// <summary>The names and checksums of all entries, in bytes.</summary>
    long TextBytes { get; set; }

    /// <summary>For <see cref="SnapshotEntry.SetStatus"/>: another file has taken the entry's name.</summary>
    void LeaveIndex(SnapshotEntry entry);

    /// <inheritdoc cref="LeaveIndex"/>
    void EnterIndex(SnapshotEntry entry);
}
