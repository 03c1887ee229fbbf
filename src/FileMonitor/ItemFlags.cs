using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>Flags that the file system keeps for an item.</summary>
[Flags]
[SuppressMessage("Naming", "CA1711:Identifiers should not have incorrect suffix", Justification = "File systems call them so.")]
[JsonConverter(typeof(JsonStringEnumConverter<ItemFlags>))]
public enum ItemFlags
{
    /// <summary>None of these.</summary>
    None = 0,

    /// <summary>Nobody can change, rename or delete it (Linux: <c>chattr +i</c>).</summary>
    Immutable = 1,

    /// <summary>It can only grow (Linux: <c>chattr +a</c>).</summary>
    AppendOnly = 1 << 1,

    /// <summary>It cannot be written (Windows).</summary>
    ReadOnly = 1 << 2,

    /// <summary>It is left out of usual listings (Windows).</summary>
    Hidden = 1 << 3,

    /// <summary>It belongs to the operating system (Windows).</summary>
    System = 1 << 4,
}
