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

/// <summary>What patterns ask about an item.</summary>
internal static class ItemTypes
{
    /// <summary>Whether an item is a directory; null when it may have been one.</summary>
    public static bool? IsDirectory(this ItemType type) => type == ItemType.Unknown ? null : type == ItemType.Directory;
}
