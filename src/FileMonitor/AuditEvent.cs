using System.Globalization;
using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>
/// One settled fact about one path: what happened, when, and what the file looked like afterwards. Immutable once delivered.
/// </summary>
/// <remarks>The JSON form (<see cref="AuditEventJson"/>) is described in docs/events.md. Properties that do not apply are null.</remarks>
public sealed class AuditEvent
{
    internal AuditEvent()
    {
    }

    /// <summary>Identifies this event everywhere and for ever: a UUID of version 7, so it also sorts by time.</summary>
    public Guid Id { get; internal set; }

    /// <summary>Position in this monitor's stream, from 1, without holes. A reader that missed some is told by a <see cref="AuditEventKind.Gap"/>.</summary>
    public long Sequence { get; internal set; }

    /// <summary>What happened.</summary>
    public AuditEventKind Kind { get; internal init; }

    /// <summary>How the monitor came to know.</summary>
    public AuditEventOrigin Origin { get; internal init; }

    /// <summary>What the path names (after the change; for a deletion, before it).</summary>
    public ItemType ItemType { get; internal init; }

    /// <summary>The name of the monitor that says so; empty for an unnamed one.</summary>
    public string Monitor { get; internal init; } = "";

    /// <summary>The root below which the path lies, as an absolute path. Empty for an event about the monitor itself.</summary>
    public string Root { get; internal init; } = "";

    /// <summary>The path relative to <see cref="Root"/>, always with <c>/</c> between names. Empty for the root itself.</summary>
    public string RelativePath { get; internal init; } = "";

    /// <summary>For a rename, the path it had before, relative to <see cref="Root"/>, with <c>/</c>.</summary>
    public string? OldRelativePath { get; internal init; }

    /// <summary>The absolute path in the form of the operating system. A string is built at each call.</summary>
    public string Path => PathText.Absolute(Root, RelativePath);

    /// <summary>For a rename, the absolute path it had before.</summary>
    public string? OldPath => OldRelativePath is null ? null : PathText.Absolute(Root, OldRelativePath);

    /// <summary>
    /// The bytes of the relative path in base64, only when they are not valid UTF-8 (possible on Linux). In <see cref="RelativePath"/>
    /// such a byte stands as the code unit U+DC00 + byte, so that nothing is lost in memory; text formats show U+FFFD there.
    /// </summary>
    public string? RelativePathBytes => PathText.BytesIfNotUtf8(RelativePath);

    /// <summary>Size in bytes of a file after the change; for a deletion, the last size known.</summary>
    public long? Size { get; internal init; }

    /// <summary>Size in bytes before the change.</summary>
    public long? PreviousSize { get; internal init; }

    /// <summary>SHA-256 of the content in lower-case hexadecimal; null unless <see cref="ChecksumStatus"/> is Computed (for a deletion: the last one known).</summary>
    public string? Sha256 => Checksum?.ToString();

    /// <summary>SHA-256 of the content before the change, when it is known.</summary>
    public string? PreviousSha256 => PreviousChecksum?.ToString();

    /// <summary>For a rename over an existing file: SHA-256 of the content that was replaced, when it is known.</summary>
    public string? ReplacedSha256 => ReplacedChecksum?.ToString();

    /// <summary>Whether there is a checksum, and if not, why.</summary>
    public ChecksumStatus ChecksumStatus { get; internal init; }

    /// <summary>When the file was last written, by the file system's clock.</summary>
    public DateTimeOffset? LastWriteTime { get; internal init; }

    /// <summary>The identity of the file in the form <c>device:inode</c>, when the file system has one; it survives renames.</summary>
    public string? FileId => Identity.IsKnown ? Identity.ToString() : null;

    /// <summary>Permission bits (Unix), as a number.</summary>
    public int? Mode { get; internal init; }

    /// <summary>Numeric id of the owner (Unix).</summary>
    public long? OwnerId { get; internal init; }

    /// <summary>Numeric id of the group (Unix).</summary>
    public long? GroupId { get; internal init; }

    /// <summary>How many names the file has, when the file system says.</summary>
    public long? HardLinkCount { get; internal init; }

    /// <summary>Where a symbolic link points, unresolved.</summary>
    public string? LinkTarget { get; internal init; }

    /// <summary>When the change was reported to the monitor: the latest hint that is merged into this event.</summary>
    public DateTimeOffset OccurredAt { get; internal init; }

    /// <summary>The first hint that is merged into this event.</summary>
    public DateTimeOffset FirstOccurredAt { get; internal init; }

    /// <summary>When the quiet period (or the maximum delay) ended and the monitor looked at the file.</summary>
    public DateTimeOffset SettledAt { get; internal init; }

    /// <summary>When the event was handed to sinks and readers.</summary>
    public DateTimeOffset EmittedAt { get; internal set; }

    /// <summary>How many hints of the source are merged into this event; 0 when it follows from another event or from a scan.</summary>
    public int Hints { get; internal init; }

    /// <summary>For a <see cref="AuditEventKind.Gap"/>: why.</summary>
    public GapCause? GapCause { get; internal init; }

    /// <summary>For a gap: how many hints or events are missing, as far as it is known.</summary>
    public long? Lost { get; internal init; }

    /// <summary>For a gap: the first sequence number that may be affected.</summary>
    public long? GapFirstSequence { get; internal set; }

    /// <summary>For a gap: the last sequence number that may be affected.</summary>
    public long? GapLastSequence { get; internal set; }

    /// <summary>A sentence for a person, where the other properties do not say it all: an error, what was lost, what to do.</summary>
    public string? Detail { get; internal init; }

    [JsonIgnore]
    internal Sha256Digest? Checksum { get; init; }

    [JsonIgnore]
    internal Sha256Digest? PreviousChecksum { get; init; }

    [JsonIgnore]
    internal Sha256Digest? ReplacedChecksum { get; init; }

    [JsonIgnore]
    internal FileIdentity Identity { get; init; }

    /// <summary>A line for a log or a debugger. File names are shown as they are: neutralise them before a terminal sees them.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"#{Sequence} {Kind} {(OldRelativePath is null ? "" : OldRelativePath + " -> ")}{RelativePath}{(GapCause is null ? "" : " " + GapCause)}");
}
