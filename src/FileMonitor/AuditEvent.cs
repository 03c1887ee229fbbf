using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using FileMonitor.JsonLines;
using FileMonitor.Values;

namespace FileMonitor;

/// <summary>One settled change of one path: what happened, when, and the state of the file afterwards. Immutable once delivered.</summary>
/// <remarks>The JSON form (<see cref="AuditEventJson"/>) is described in docs/events.md. Properties that do not apply are null.</remarks>
public sealed class AuditEvent
{
    private readonly long _size = -1;
    private readonly long _previousSize = -1;
    private readonly PackedNames _names;
    private EventTimes _times;

    // Several hundred thousand of these are created per second in a storm. Times are kept as ticks and "none" as a value outside the range,
    // because a nullable DateTimeOffset takes 24 bytes. Three enumerations together take 4.
    internal AuditEvent()
    {
    }

    /// <summary>A globally unique id: a UUID of version 7, so it also sorts by time, to the millisecond.</summary>
    public Guid Id { get; internal set; }

    /// <summary>The position in this monitor's stream, from 1, without holes. A reader that missed events gets a <see cref="AuditEventKind.Gap"/>.</summary>
    public long Sequence { get; internal set; }

    /// <summary>What happened.</summary>
    public AuditEventKind Kind { get; internal init; }

    /// <summary>How the change was found.</summary>
    public AuditEventOrigin Origin { get; internal init; }

    /// <summary>The type of the item (after the change; for a deletion, before it).</summary>
    public ItemType ItemType { get; internal init; }

    /// <summary>The name of the monitor; empty for an unnamed one.</summary>
    public string Monitor { get; internal init; } = "";

    /// <summary>The root, as an absolute path. Empty for an event about the monitor itself.</summary>
    public string Root { get; internal init; } = "";

    /// <summary>The path relative to <see cref="Root"/>, always with <c>/</c> between names. Empty for the root itself.</summary>
    public string RelativePath { get; internal init; } = "";

    /// <summary>For a rename, the old path, relative to <see cref="Root"/>, with <c>/</c>.</summary>
    public string? OldRelativePath { get; internal init; }

    /// <summary>The absolute path in the form of the operating system. A string is built at each call.</summary>
    public string Path => PathText.Absolute(Root, RelativePath);

    /// <summary>For a rename, the old absolute path.</summary>
    public string? OldPath => OldRelativePath is null ? null : PathText.Absolute(Root, OldRelativePath);

    /// <summary>
    /// The bytes of the relative path in base64, only when they are not valid UTF-8 (possible on Linux). <see cref="RelativePath"/> has the code
    /// unit U+DC00 + byte for such a byte, so that nothing is lost in memory; text formats show U+FFFD there.
    /// </summary>
    public string? RelativePathBytes => PathText.BytesIfNotUtf8(RelativePath);

    /// <summary>The bytes of <see cref="Root"/> in base64, only when they are not valid UTF-8.</summary>
    public string? RootBytes => PathText.BytesIfNotUtf8(Root);

    /// <summary>The bytes of <see cref="OldRelativePath"/> in base64, only when they are not valid UTF-8.</summary>
    public string? OldRelativePathBytes => OldRelativePath is null ? null : PathText.BytesIfNotUtf8(OldRelativePath);

    /// <summary>Size in bytes of a file after the change; for a deletion, the last size known.</summary>
    public long? Size { get => _size < 0 ? null : _size; internal init => _size = value ?? -1; }

    /// <summary>Size in bytes before the change.</summary>
    public long? PreviousSize { get => _previousSize < 0 ? null : _previousSize; internal init => _previousSize = value ?? -1; }

    /// <summary>SHA-256 of the content in lower-case hexadecimal; null unless <see cref="ChecksumStatus"/> is Computed (for a deletion: the last one known).</summary>
    public string? Sha256 => Checksum?.ToString();

    /// <summary>SHA-256 of the content before the change, when it is known.</summary>
    public string? PreviousSha256 => PreviousChecksum?.ToString();

    /// <summary>For a rename over an existing file: SHA-256 of the content that was replaced, when it is known.</summary>
    public string? ReplacedSha256 => ReplacedChecksum?.ToString();

    /// <summary>Whether there is a checksum, and if not, why.</summary>
    public ChecksumStatus ChecksumStatus { get => (ChecksumStatus)_names.ChecksumStatus; internal init => _names.ChecksumStatus = (byte)value; }

    /// <summary>
    /// For a file that is there: whether anybody had it open for writing when the monitor looked at it, after its content was read. With
    /// <see cref="FileWriters.None"/> the file was complete as far as the operating system knows; a program that opens it again later is not foreseen.
    /// <see cref="FileWriters.Unknown"/> when it cannot be known or was not asked: a file without checksum in a root with <see cref="ReportWhen.Quiet"/> is not
    /// asked. Null for other items and for a deletion.
    /// </summary>
    public FileWriters? Writers { get => _names.Writers == 0 ? null : (FileWriters)(_names.Writers - 1); internal init => _names.Writers = value is { } known ? (byte)(known + 1) : (byte)0; }

    /// <summary>When the file was last written, by the file system's clock.</summary>
    public DateTimeOffset? LastWriteTime => Metadata.LastWriteTime;

    /// <summary>When content or metadata last changed, by the file system's clock; programs cannot set it. Null when the system does not report it.</summary>
    public DateTimeOffset? ChangeTime => Metadata.ChangeTime;

    /// <summary>When the item was made on its file system; a rename keeps it. Null when the file system does not report it, and for a deletion.</summary>
    public DateTimeOffset? BirthTime => Metadata.BirthTime;

    /// <summary>
    /// What changed, for <see cref="AuditEventKind.Modified"/> and <see cref="AuditEventKind.AttributesChanged"/>; <see cref="ItemAttributes.None"/> for other
    /// kinds. With a rename, a change of the metadata follows in an event of its own.
    /// </summary>
    [JsonIgnore]
    public ItemAttributes ChangedAttributes { get => (ItemAttributes)_names.ChangedAttributes; internal init => _names.ChangedAttributes = (ushort)value; }

    /// <summary>
    /// What is known of the item after the change, in one object, to be compared with <see cref="Previous"/>; for a deletion, the last that was known. The same values as
    /// <see cref="Mode"/>, <see cref="OwnerId"/> and so on.
    /// </summary>
    [JsonIgnore]
    public ItemMetadata Metadata { get; internal init; } = ItemMetadata.None;

    /// <summary>
    /// What was known of the item before the change, for <see cref="AuditEventKind.Modified"/> and <see cref="AuditEventKind.AttributesChanged"/>. Null for other
    /// kinds. Size and checksum before are <see cref="PreviousSize"/> and <see cref="PreviousSha256"/>.
    /// </summary>
    public ItemMetadata? Previous { get; internal init; }

    /// <summary>
    /// What changed in a small text file, as a unified diff of the contents with the checksums <see cref="PreviousSha256"/> and <see cref="Sha256"/>; without the lines that name
    /// the files. Null unless <see cref="FileMonitorOptions.TextDiff"/> asks for it, and where the content before is not known or is no text (UTF-8).
    /// </summary>
    public string? TextDiff { get; internal init; }

    /// <summary>The identity of the file in the form <c>device:inode</c>, the device in hexadecimal, when the file system has one; it survives renames.</summary>
    public string? FileId => Identity.IsKnown ? Identity.ToString() : null;

    /// <summary>Permission bits (Unix), as a number.</summary>
    public int? Mode => Metadata.Mode;

    /// <summary>Numeric id of the owner (Unix).</summary>
    public long? OwnerId => Metadata.OwnerId;

    /// <summary>The name of the owner, from <c>/etc/passwd</c>; null when it is not there.</summary>
    public string? OwnerName => Metadata.OwnerName;

    /// <summary>Numeric id of the group (Unix).</summary>
    public long? GroupId => Metadata.GroupId;

    /// <summary>The name of the group, from <c>/etc/group</c>; null when it is not there.</summary>
    public string? GroupName => Metadata.GroupName;

    /// <summary>Flags of the file system; null when there are none.</summary>
    public ItemFlags? Flags => Metadata.Flags;

    /// <summary>
    /// Access control list, capabilities, security label and the like; null unless <see cref="ReportOptions.AttributeChanges"/> asks for one of them, and where they
    /// are not known.
    /// </summary>
    public ExtendedAttributes? ExtendedAttributes => Metadata.ExtendedAttributes;

    /// <summary>How many names (hard links) the file has; null when that is not known.</summary>
    public long? HardLinkCount => Metadata.HardLinkCount;

    /// <summary>The unresolved target of a symbolic link.</summary>
    public string? LinkTarget => Metadata.LinkTarget;

    /// <summary>The bytes of <see cref="LinkTarget"/> in base64, only when they are not valid UTF-8 (see <see cref="RelativePathBytes"/>).</summary>
    public string? LinkTargetBytes => LinkTarget is null ? null : PathText.BytesIfNotUtf8(LinkTarget);

    /// <summary>When the monitor got the latest hint that is merged into this event.</summary>
    public DateTimeOffset OccurredAt { get => EventTimes.Utc(_times.Occurred); internal init => _times.Occurred = value.UtcTicks; }

    /// <summary>When the monitor got the first hint that is merged into this event.</summary>
    public DateTimeOffset FirstOccurredAt { get => EventTimes.Utc(_times.FirstOccurred); internal init => _times.FirstOccurred = value.UtcTicks; }

    /// <summary>When the quiet period (or the maximum delay) ended and the monitor looked at the file.</summary>
    public DateTimeOffset SettledAt { get => EventTimes.Utc(_times.Settled); internal init => _times.Settled = value.UtcTicks; }

    /// <summary>When the event was handed to sinks and readers.</summary>
    public DateTimeOffset EmittedAt { get => EventTimes.Utc(_times.Emitted); internal set => _times.Emitted = value.UtcTicks; }

    /// <summary>
    /// The process that made the change, from the latest hint with an actor; null unless the source reports it
    /// (<see cref="ChangeSourceKind.Fanotify"/>).
    /// </summary>
    [JsonIgnore]
    public Actor? Actor { get; internal init; }

    /// <summary>
    /// Whether other processes had a hand in it, or may have: hints of theirs are merged into this event, of which <see cref="Actor"/> is then the last; or came while
    /// it was being made, so that what they are about may be in it; or the source could not say in time that none was on its way; or something changed that the source
    /// did not report of <see cref="Actor"/>, as through another hard link or a mapping, or that a comparison had found before. Processes of which neither number nor
    /// start is known count as one.
    /// </summary>
    [JsonIgnore]
    public bool HasOtherActors { get; internal set; }

    /// <summary>How many hints of the source are merged into this event; 0 when it follows from another event or from a scan.</summary>
    public int Hints { get; internal init; }

    /// <summary>For a <see cref="AuditEventKind.Gap"/>: what may be missing, and why. Null for every other kind.</summary>
    public GapDetails? Gap { get; internal init; }

    /// <summary>A sentence for a person, where the other properties are not enough: an error, what was lost, what to do.</summary>
    public string? Detail { get; internal init; }

    // In JSON the actor is one object with HasOtherActors in it.
    [JsonInclude]
    [JsonPropertyName("actor")]
    internal ActorJson? ActorAsJson => Actor is null ? null : new(Actor, HasOtherActors);

    // In JSON a list of names, so that a query can find one of them.
    [JsonInclude]
    [JsonPropertyName("changedAttributes")]
    internal IReadOnlyList<string>? ChangedAttributesAsJson => AttributeNames.Of(ChangedAttributes);

    internal Sha256Digest? Checksum { get; init; }

    internal Sha256Digest? PreviousChecksum { get; init; }

    internal Sha256Digest? ReplacedChecksum { get; init; }

    internal FileIdentity Identity { get; init; }

    /// <summary>
    /// A line for a log or a debugger: number and kind, root, and path; two blanks stand between them and nowhere else. A name that could act on a terminal, or
    /// be taken for another one, stands between double quotes with the escapes of <c>printf '%b'</c>.
    /// </summary>
    public override string ToString()
    {
        var line = new StringBuilder().Append(CultureInfo.InvariantCulture, $"#{Sequence} {Kind}");
        if (Gap is not null)
        {
            line.Append(CultureInfo.InvariantCulture, $" {Gap.Cause} {Gap.Phase}");
        }

        if (Root.Length > 0)
        {
            line.Append("  ").Append(QuotedText.Quote(Root));
        }

        if (OldRelativePath is not null)
        {
            line.Append("  ").Append(QuotedText.Quote(OldRelativePath)).Append(" → ").Append(QuotedText.Quote(RelativePath));
        }
        else if (RelativePath.Length > 0)
        {
            line.Append("  ").Append(QuotedText.Quote(RelativePath));
        }

        return line.ToString();
    }

    /// <summary>Enumerations by their numbers; the writers by theirs and one, with 0 for none.</summary>
    private struct PackedNames
    {
        public byte ChecksumStatus;
        public byte Writers;
        public ushort ChangedAttributes;
    }

    /// <summary>The times in ticks of 100 ns since year 1, UTC.</summary>
    private struct EventTimes
    {
        public long Occurred;
        public long FirstOccurred;
        public long Settled;
        public long Emitted;

        public static DateTimeOffset Utc(long ticks) => new(ticks, TimeSpan.Zero);
    }
}
