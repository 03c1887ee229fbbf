using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>Whether anybody has a file open for writing.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FileWriters>))]
public enum FileWriters
{
    /// <summary>It cannot be known: another user's file, or a file system that does not say.</summary>
    Unknown,

    /// <summary>Nobody has it open for writing. Whoever mapped it into memory and closed it does not count.</summary>
    None,

    /// <summary>Somebody has it open for writing.</summary>
    Open,
}
