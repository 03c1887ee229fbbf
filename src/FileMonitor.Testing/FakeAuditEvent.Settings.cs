namespace FileMonitor.Testing;

/// <content>What a test may set. The names and the meanings are those of <see cref="AuditEvent"/>.</content>
public sealed partial class FakeAuditEvent
{
    /// <summary>See <see cref="AuditEvent.Id"/>. Default: a new one.</summary>
    public Guid Id { get; set; }

    /// <summary>
    /// See <see cref="AuditEvent.Sequence"/>; from 1. Default: one more than that of the event that was made before. The sequence numbers of a gap that name the event itself
    /// go with it.
    /// </summary>
    public long Sequence
    {
        get => _sequence;
        set
        {
            FirstSequence = FirstSequence == _sequence ? value : FirstSequence;
            LastSequence = LastSequence == _sequence ? value : LastSequence;
            _sequence = value;
        }
    }

    /// <summary>See <see cref="AuditEvent.Origin"/>. Default: <see cref="AuditEventOrigin.Live"/>.</summary>
    public AuditEventOrigin Origin { get; set; }

    /// <summary>
    /// See <see cref="AuditEvent.ItemType"/>. Default: a file. Anything else has no content: setting it takes away sizes, checksums and writers, and a directory has no
    /// <see cref="LastWriteTime"/> unless it is set afterwards.
    /// </summary>
    public ItemType ItemType
    {
        get => _itemType;
        set
        {
            _itemType = value;
            if (value != ItemType.File)
            {
                (Size, PreviousSize, Sha256, PreviousSha256, ReplacedSha256, Writers, LastWriteTime) = (null, null, null, null, null, null, null);
                _checksumStatus = ChecksumStatus.NotApplicable;
            }
        }
    }

    /// <summary>See <see cref="AuditEvent.Monitor"/>. Default: empty.</summary>
    public string Monitor { get; set; } = "";

    /// <summary>See <see cref="AuditEvent.Root"/>. Default: that of a <see cref="ScriptedTree"/>. Empty for a gap of the monitor itself.</summary>
    public string Root { get; set; } = ScriptedTree.DefaultRoot;

    /// <summary>See <see cref="AuditEvent.RelativePath"/>. Default: as given; empty for a root and for a gap.</summary>
    public string RelativePath { get; set; }

    /// <summary>See <see cref="AuditEvent.OldRelativePath"/>; for a rename only.</summary>
    public string? OldRelativePath { get; set; }

    /// <summary>See <see cref="AuditEvent.Size"/>. <see cref="SetContent(string)"/> sets it and the checksum.</summary>
    public long? Size { get; set; }

    /// <summary>See <see cref="AuditEvent.PreviousSize"/>.</summary>
    public long? PreviousSize { get; set; }

    /// <summary>See <see cref="AuditEvent.Sha256"/>: 64 hexadecimal digits in lower case.</summary>
    public string? Sha256 { get; set; }

    /// <summary>See <see cref="AuditEvent.PreviousSha256"/>.</summary>
    public string? PreviousSha256 { get; set; }

    /// <summary>See <see cref="AuditEvent.ReplacedSha256"/>; for a rename only.</summary>
    public string? ReplacedSha256 { get; set; }

    /// <summary>See <see cref="AuditEvent.ChecksumStatus"/>. Anything but <see cref="ChecksumStatus.Computed"/> takes <see cref="Sha256"/> away.</summary>
    public ChecksumStatus ChecksumStatus
    {
        get => _checksumStatus;
        set
        {
            _checksumStatus = value;
            if (value != ChecksumStatus.Computed)
            {
                Sha256 = null;
            }
        }
    }

    /// <summary>See <see cref="AuditEvent.Writers"/>. Default: <see cref="FileWriters.None"/>, for a file that is there.</summary>
    public FileWriters? Writers { get; set; }

    /// <summary>See <see cref="AuditEvent.LastWriteTime"/>. Default: <see cref="OccurredAt"/> as it was at first, for a file.</summary>
    public DateTimeOffset? LastWriteTime { get; set; }

    /// <summary>See <see cref="AuditEvent.ChangeTime"/>. Default: not known.</summary>
    public DateTimeOffset? ChangeTime { get; set; }

    /// <summary>See <see cref="AuditEvent.BirthTime"/>. Default: not known.</summary>
    public DateTimeOffset? BirthTime { get; set; }

    /// <summary>See <see cref="AuditEvent.TextDiff"/>; for Modified and ChecksumUpdated only. Default: none.</summary>
    public string? TextDiff { get; set; }

    /// <summary>See <see cref="AuditEvent.FileId"/>: the device in hexadecimal, a colon and the number. Default: not known.</summary>
    public string? FileId { get; set; }

    /// <summary>See <see cref="AuditEvent.Mode"/>. Default: not known.</summary>
    public int? Mode { get; set; }

    /// <summary>See <see cref="AuditEvent.OwnerId"/>: 0 to 4,294,967,295. Default: not known.</summary>
    public long? OwnerId { get; set; }

    /// <summary>See <see cref="AuditEvent.OwnerName"/>. Default: not known.</summary>
    public string? OwnerName { get; set; }

    /// <summary>See <see cref="AuditEvent.GroupId"/>: 0 to 4,294,967,295. Default: not known.</summary>
    public long? GroupId { get; set; }

    /// <summary>See <see cref="AuditEvent.GroupName"/>. Default: not known.</summary>
    public string? GroupName { get; set; }

    /// <summary>See <see cref="AuditEvent.Flags"/>. Default: none.</summary>
    public ItemFlags? Flags { get; set; }

    /// <summary>See <see cref="AuditEvent.ExtendedAttributes"/>. Default: not known.</summary>
    public ExtendedAttributes? ExtendedAttributes { get; set; }

    /// <summary>See <see cref="AuditEvent.ChangedAttributes"/>; for Modified and AttributesChanged only. Default: none.</summary>
    public ItemAttributes ChangedAttributes { get; set; }

    /// <summary>See <see cref="AuditEvent.Previous"/>; for Modified and AttributesChanged only. Default: not known.</summary>
    public ItemMetadata? Previous { get; set; }

    /// <summary>See <see cref="AuditEvent.HardLinkCount"/>: 1 to 4,294,967,295. Default: not known.</summary>
    public long? HardLinkCount { get; set; }

    /// <summary>See <see cref="AuditEvent.LinkTarget"/>; for a symbolic link only.</summary>
    public string? LinkTarget { get; set; }

    /// <summary>See <see cref="AuditEvent.OccurredAt"/>. Setting it sets the other three times of the event as well.</summary>
    public DateTimeOffset OccurredAt
    {
        get => _occurredAt;
        set => _occurredAt = FirstOccurredAt = SettledAt = EmittedAt = value;
    }

    /// <summary>See <see cref="AuditEvent.FirstOccurredAt"/>.</summary>
    public DateTimeOffset FirstOccurredAt { get; set; }

    /// <summary>See <see cref="AuditEvent.SettledAt"/>.</summary>
    public DateTimeOffset SettledAt { get; set; }

    /// <summary>See <see cref="AuditEvent.EmittedAt"/>.</summary>
    public DateTimeOffset EmittedAt { get; set; }

    /// <summary>See <see cref="AuditEvent.Actor"/>. Default: not known.</summary>
    public Actor? Actor { get; set; }

    /// <summary>See <see cref="AuditEvent.HasOtherActors"/>; only with an <see cref="Actor"/>.</summary>
    public bool HasOtherActors { get; set; }

    /// <summary>See <see cref="AuditEvent.Hints"/>. Default: 1; 0 for a file of the baseline, a gap and a root.</summary>
    public int Hints { get; set; }

    /// <summary>See <see cref="GapDetails.Phase"/>. Default: opened. Closed, <see cref="Found"/> is 0 and <see cref="LastSequence"/> that of the event, as far as the cause has them.</summary>
    public GapPhase GapPhase
    {
        get => _gapPhase;
        set
        {
            _gapPhase = value;
            Found = value == GapPhase.Closed && GapNumber is not null ? 0 : null;
            LastSequence = value == GapPhase.Closed && _gapCause != GapCause.ShutdownTimeout ? Sequence : null;
        }
    }

    /// <summary>See <see cref="GapDetails.Number"/>. Default: the sequence number, for a cause that has a number.</summary>
    public long? GapNumber { get; set; }

    /// <summary>See <see cref="GapDetails.Found"/>; for a closed gap with a number only.</summary>
    public long? Found { get; set; }

    /// <summary>See <see cref="GapDetails.Lost"/>; for a gap only.</summary>
    public long? Lost { get; set; }

    /// <summary>See <see cref="GapDetails.FirstSequence"/>; for a gap only. Default: that of the event.</summary>
    public long? FirstSequence { get; set; }

    /// <summary>See <see cref="GapDetails.LastSequence"/>; for a gap only.</summary>
    public long? LastSequence { get; set; }

    /// <summary>See <see cref="AuditEvent.Detail"/>. Default: null; a sentence for a gap and for a root.</summary>
    public string? Detail { get; set; }

    private bool HasBefore => ChangedAttributes != ItemAttributes.None || Previous is not null;

    private bool IsOfGapOnly => GapNumber is not null || Found is not null || Lost is not null || FirstSequence is not null || LastSequence is not null || GapPhase != GapPhase.Opened;

    /// <summary>Why no monitor tells this, one sentence each. What the JSON form refuses by itself (a path that leaves its root, a negative size) is not repeated here.</summary>
    private IEnumerable<string> Contradictions()
    {
        (bool IsWrong, string Why)[] rules =
        [
            (Sequence < 1, "Sequence numbers begin with 1."),
            (ItemType != ItemType.File && (Size ?? PreviousSize) is not null, "Only a file has a size."),
            (ItemType != ItemType.File && ((Sha256 ?? PreviousSha256 ?? ReplacedSha256) is not null || !HasStatusOfNoFile), "Only a file has a checksum."),
            (ItemType == ItemType.File && ChecksumStatus == ChecksumStatus.NotApplicable, "NotApplicable is the checksum status of what is no file."),
            ((Sha256 is null) == (ChecksumStatus == ChecksumStatus.Computed), "There is a checksum exactly when its status is Computed."),
            (_kind == AuditEventKind.Modified && Sha256 is not null && Sha256 == PreviousSha256, "The content is the same as before (Sha256, PreviousSha256)."),
            ((Writers is not null) != (ItemType == ItemType.File && _kind != AuditEventKind.Deleted), "A file that is there has Writers, and nothing else has."),
            (LinkTarget is not null && ItemType != ItemType.SymbolicLink, "Only a symbolic link has a target."),
            (TextDiff is not null && _kind is not (AuditEventKind.Modified or AuditEventKind.ChecksumUpdated), "Only Modified and ChecksumUpdated say what changed in a text."),
            (HasBefore && _kind is not (AuditEventKind.Modified or AuditEventKind.AttributesChanged), "Only Modified and AttributesChanged say what changed and what was before."),
            ((OldRelativePath is null) == (_kind == AuditEventKind.Renamed), "A rename has an old path, and nothing else has."),
            (OldRelativePath == RelativePath, "The old path is the new one."),
            (ReplacedSha256 is not null && _kind != AuditEventKind.Renamed, "Only a rename replaces another file."),
            (!(FirstOccurredAt <= OccurredAt && OccurredAt <= SettledAt && SettledAt <= EmittedAt), "The times are not in order: FirstOccurredAt, OccurredAt, SettledAt, EmittedAt."),
            (HasOtherActors && Actor is null, "There are no other actors without an Actor."),
            (HardLinkCount == 0, "An item has at least one name (HardLinkCount); null when that is not known."),
            (RelativePath.Length == 0 != IsAboutRoot, IsAboutRoot ? "A root has no relative path." : "An item has a relative path."),
            (Root.Length == 0 && _kind != AuditEventKind.Gap, "The root is empty."),
            (_gapCause is null && IsOfGapOnly, "Only a gap has GapPhase, GapNumber, Found, Lost, FirstSequence and LastSequence."),
            (_gapCause is { } cause && HasNumber(cause) != GapNumber is not null, $"A gap of cause {_gapCause} has {(_gapCause is { } of && HasNumber(of) ? "a" : "no")} number."),
            (Found is not null && (GapPhase != GapPhase.Closed || GapNumber is null), "Only a closed gap with a number has found something."),
            (_gapCause is GapCause.ShutdownTimeout && (FirstSequence ?? LastSequence) is not null, "A gap of cause ShutdownTimeout names no sequence numbers."),
        ];
        return rules.Where(rule => rule.IsWrong).Select(rule => rule.Why);
    }

    // Of an item that was gone before the monitor could look, not even its type is known.
    private bool HasStatusOfNoFile => ChecksumStatus == ChecksumStatus.NotApplicable || (ItemType == ItemType.Unknown && ChecksumStatus == ChecksumStatus.Vanished);

    // A gap is about a directory at any depth.
    private bool IsAboutRoot => _kind is AuditEventKind.RootLost or AuditEventKind.RootRestored || (_kind == AuditEventKind.Gap && RelativePath.Length == 0);
}
