using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>What is known of an item besides its path. In an event: which of it changed (<see cref="AuditEvent.ChangedAttributes"/>).</summary>
[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<ItemAttributes>))]
public enum ItemAttributes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The content of a file.</summary>
    Content = 1,

    /// <summary>The size of a file.</summary>
    Size = 1 << 1,

    /// <summary>The target of a symbolic link.</summary>
    LinkTarget = 1 << 2,

    /// <summary>The permission bits, with set-user-id, set-group-id and sticky (Unix).</summary>
    Mode = 1 << 3,

    /// <summary>The owner (Unix). On Windows it is a part of <see cref="AccessControlList"/>.</summary>
    Owner = 1 << 4,

    /// <summary>The group (Unix). On Windows it is a part of <see cref="AccessControlList"/>.</summary>
    Group = 1 << 5,

    /// <summary>The time of the last write. Of a directory it is not compared, because each change of an entry sets it.</summary>
    LastWriteTime = 1 << 6,

    /// <summary>Immutable and append-only (Linux); read-only, hidden and system (Windows).</summary>
    Flags = 1 << 7,

    /// <summary>The POSIX access control lists (Linux), or owner, group and access control list (Windows).</summary>
    AccessControlList = 1 << 8,

    /// <summary>The capabilities that a program gets when it is started (Linux).</summary>
    Capabilities = 1 << 9,

    /// <summary>The label of a security module: SELinux or SMACK (Linux).</summary>
    SecurityLabel = 1 << 10,

    /// <summary>Extended attributes that are not among the others here (Linux).</summary>
    OtherExtendedAttributes = 1 << 11,

    /// <summary>Who may do what, as far as the metadata have it that are read in any case: asking for it costs nothing.</summary>
    Permissions = Mode | Owner | Group | Flags,

    /// <summary>Everything that decides who may do what. The extended attributes are read for it, one more call of the system for each change.</summary>
    Security = Permissions | AccessControlList | Capabilities | SecurityLabel,

    /// <summary>Everything that can change without the content.</summary>
    AllMetadata = Security | LastWriteTime | OtherExtendedAttributes,
}
