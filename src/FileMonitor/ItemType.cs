using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>What kind of thing a path names. Links are never followed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ItemType>))]
public enum ItemType
{
    /// <summary>Not known, for example because it was gone before anyone could look.</summary>
    Unknown,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link (on Windows also a junction), whatever it points at.</summary>
    SymbolicLink,

    /// <summary>A device, pipe or socket. It is reported and never opened.</summary>
    Other,
}
