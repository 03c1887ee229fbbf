using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>Whether an event has a checksum, and if not, why.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChecksumStatus>))]
public enum ChecksumStatus
{
    /// <summary>The item has no content to hash: it is not a regular file.</summary>
    NotApplicable,

    /// <summary><see cref="AuditEvent.Sha256"/> is the checksum of one stable state of the file.</summary>
    Computed,

    /// <summary>Checksums are off (<see cref="ChecksumOptions.Enabled"/>).</summary>
    Disabled,

    /// <summary>No checksum was requested: the file was there at start and only its metadata was read, or the event needs none.</summary>
    NotComputed,

    /// <summary>The file is larger than <see cref="ChecksumOptions.MaxFileBytes"/>.</summary>
    TooLarge,

    /// <summary>The file could not be read: permission, or an I/O error. <see cref="AuditEvent.Detail"/> says which.</summary>
    Unreadable,

    /// <summary>
    /// The file could not be opened, even after several attempts: another process held it, or no descriptor or memory was free.
    /// <see cref="AuditEvent.Detail"/> has the system's message.
    /// </summary>
    Locked,

    /// <summary>
    /// The file kept changing while it was read. The monitor tries again, and another event follows once the file is stable (not for more than
    /// 10,000 such files at a time, nor after a stop).
    /// </summary>
    Unstable,

    /// <summary>The file was gone before it could be read.</summary>
    Vanished,

    /// <summary>The monitor was stopped, and its deadline passed before the file was read completely. With durable state the next start reads it.</summary>
    Abandoned,

    /// <summary>
    /// The file still waits to be read, or is being read, and the event is emitted before that (<see cref="DebounceOptions.MaxDelay"/>; for
    /// complete files in roots with <see cref="ReportWhen.Closed"/>, <see cref="DebounceOptions.MaxHold"/>). Another event about it follows.
    /// </summary>
    Pending,

    /// <summary>Reading took longer than <see cref="ChecksumOptions.ReadTimeout"/>. The file is read again when it changes.</summary>
    TimedOut,
}
