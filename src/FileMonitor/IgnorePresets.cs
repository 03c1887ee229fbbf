using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>Groups of patterns that many hosts ignore. docs/configuration.md lists the patterns of each.</summary>
[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<IgnorePresets>))]
public enum IgnorePresets
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>
    /// What editors and office programs write beside a file while it is edited: swap, lock, backup and temporary files. The file itself is reported when it
    /// is saved.
    /// </summary>
    EditorTemporaryFiles = 1,

    /// <summary>The directories in which version control keeps its own data, such as <c>.git</c>.</summary>
    VersionControl = 2,
}
