using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>The kind of an <see cref="AuditEvent"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditEventKind>))]
public enum AuditEventKind
{
    /// <summary>A new item exists.</summary>
    Created,

    /// <summary>The content of a file, or the target of a symbolic link, changed.</summary>
    Modified,

    /// <summary>A known item is gone. For a tree: one event per known item, children before their directory.</summary>
    Deleted,

    /// <summary>An item has another path. For a directory one event: the paths below it change with it.</summary>
    Renamed,

    /// <summary>Mode, owner or modification time changed and the content did not. Only with <see cref="ReportOptions.AttributeChanges"/>.</summary>
    AttributesChanged,

    /// <summary>An item that was there when monitoring started. Only with <see cref="ReportOptions.Baseline"/>.</summary>
    Baseline,

    /// <summary>Something may be missing from the stream: <see cref="AuditEvent.Gap"/> has the cause, the path the place.</summary>
    Gap,

    /// <summary>A root cannot be watched any more.</summary>
    RootLost,

    /// <summary>A lost root is watched again.</summary>
    RootRestored,

    /// <summary>
    /// The known checksum of a file changed, which does not mean a change of its content. With <see cref="ChecksumStatus.Pending"/>: the file
    /// was written or touched, and only reading it shows whether its content changed. Otherwise: the checksum that an earlier event did not have
    /// (<see cref="ChecksumStatus.Pending"/>, <see cref="ChecksumStatus.Locked"/> and the like), or why there is none; or the checksum of a file
    /// that was there at start and is read for the first time without a sign that it was written.
    /// </summary>
    ChecksumUpdated,
}
