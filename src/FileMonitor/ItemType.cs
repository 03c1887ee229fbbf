using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>The type of an item. Links are never followed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ItemType>))]
public enum ItemType
{
    /// <summary>Not known, for example because the item was gone before the monitor looked.</summary>
    Unknown,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link (on Windows also a junction), whatever its target.</summary>
    SymbolicLink,

    /// <summary>A device, pipe or socket. It is reported and never opened.</summary>
    Other,
}

/// <summary>Questions of patterns about an item.</summary>
internal static class ItemTypes
{
    /// <summary>Whether an item is a directory; null when it may have been one.</summary>
    public static bool? IsDirectory(this ItemType type) => type == ItemType.Unknown ? null : type == ItemType.Directory;
}
