using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>What an <see cref="AuditEvent"/> says.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditEventKind>))]
public enum AuditEventKind
{
    /// <summary>An item is there that was not known before.</summary>
    Created,

    /// <summary>The content of a file, or the target of a symbolic link, is another one than before.</summary>
    Modified,

    /// <summary>An item that was known is gone. For a tree: one event per known item, children before their directory.</summary>
    Deleted,

    /// <summary>An item has another path. For a directory one event: what is below it follows implicitly.</summary>
    Renamed,

    /// <summary>Mode, owner or modification time changed and the content did not. Only with <see cref="ReportOptions.AttributeChanges"/>.</summary>
    AttributesChanged,

    /// <summary>An item that was there when monitoring started. Only with <see cref="ReportOptions.Baseline"/>.</summary>
    Baseline,

    /// <summary>Something may be missing from the stream: <see cref="AuditEvent.Gap"/> says why, the path says where.</summary>
    Gap,

    /// <summary>A root cannot be watched any more.</summary>
    RootLost,

    /// <summary>A lost root is watched again.</summary>
    RootRestored,

    /// <summary>
    /// What is known of a file's checksum changed, and nothing is said about a change of its content. With
    /// <see cref="ChecksumStatus.Pending"/>: the file was written or touched, and whether its content is another is known when it has been read.
    /// Otherwise the checksum that an earlier event had not (<see cref="ChecksumStatus.Pending"/>, <see cref="ChecksumStatus.Locked"/> and the
    /// like), or why there is none; or that of a file that was there at start and is read for the first time, of which nothing says that it was written.
    /// </summary>
    ChecksumUpdated,
}
