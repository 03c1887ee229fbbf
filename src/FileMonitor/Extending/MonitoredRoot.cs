using FileMonitor.Patterns;
using FileMonitor.Values;

namespace FileMonitor.Extending;

/// <summary>A root as the monitor uses it: validated, absolute, with its patterns compiled.</summary>
public sealed class MonitoredRoot
{
    private volatile string _physicalPath;

    internal MonitoredRoot(int index, string path, string physicalPath, bool recursive, IgnoreRules rules, ReportWhen reportWhen = ReportWhen.Quiet, string? fileName = null)
    {
        FileName = fileName;
        Index = index;
        Path = path;
        _physicalPath = physicalPath;
        Recursive = recursive;
        ReportWhen = reportWhen;
        Rules = rules.WithOwnFiles([new OwnFiles("", Sentinels.Prefix, Sentinels.IsOwn)]);
    }

    /// <summary>The configured directory or file, absolute, without a separator at the end. Events have this path.</summary>
    public string Path { get; }

    /// <summary>The directory with symbolic links resolved, when the monitor started or a lost root was found again. Sources watch this path.</summary>
    public string PhysicalPath => _physicalPath;

    /// <summary>Whether subdirectories are watched too.</summary>
    public bool Recursive { get; }

    /// <summary>
    /// For a root of one file, the name of that file in <see cref="PhysicalPath"/>: only hints about it count. Null for a directory.
    /// </summary>
    public string? FileName { get; }

    /// <summary>Whether it is a root of one file.</summary>
    internal bool IsFile => FileName is not null;

    internal int Index { get; }

    internal ReportWhen ReportWhen { get; }

    internal IgnoreRules Rules { get; }

    /// <summary>The names of the sentinel files.</summary>
    internal SentinelNames Sentinels { get; } = new();

    /// <summary>
    /// Sets the path of a lost root that was found again, perhaps behind another link. Called by the root's RootWatch, before the source is
    /// armed.
    /// </summary>
    internal void MoveTo(string physicalPath) => _physicalPath = physicalPath;

    /// <summary>Whether a directory is ignored with everything below it, so that a source need not watch it.</summary>
    /// <param name="relativeDirectory">The directory below the root, names separated by <c>/</c>.</param>
    public bool IsIgnoredDirectory(ReadOnlySpan<char> relativeDirectory) => Rules.IsIgnoredDirectory(relativeDirectory);

    /// <summary>
    /// The relative path that a host sees. A root of one file is, inside, a directory with one name in it; for a host the file is the root itself.
    /// </summary>
    internal string ToHost(string relativePath) => IsFile ? "" : relativePath;

    /// <summary>The whole path that a host sees.</summary>
    internal string PathOf(string relativePath) => PathText.Absolute(Path, ToHost(relativePath));

    /// <summary>The path as it was configured.</summary>
    public override string ToString() => Path;
}
