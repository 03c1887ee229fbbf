using FileMonitor.Patterns;
using FileMonitor.Values;

namespace FileMonitor.Extending;

/// <summary>A root as the monitor uses it: validated, absolute, with its patterns compiled.</summary>
public sealed class MonitoredRoot
{
    private volatile string _physicalPath;
    private volatile bool _isRemoved;

    internal MonitoredRoot(int index, string path, string physicalPath, IgnoreRules rules, RootSettings? settings = null, string? fileName = null)
    {
        FileName = fileName;
        Index = index;
        Path = path;
        _physicalPath = physicalPath;
        Settings = settings ?? RootSettings.Default;
        Rules = rules.WithDepth(Settings.MaxDepth).WithOwnFiles([new OwnFiles("", Sentinels.Prefix, Sentinels.IsOwn)]);
    }

    /// <summary>The configured directory or file, absolute, without a separator at the end. Events have this path.</summary>
    public string Path { get; }

    /// <summary>The directory with symbolic links resolved, when the monitor started or a lost root was found again. Sources watch this path.</summary>
    public string PhysicalPath => _physicalPath;

    /// <summary>Whether subdirectories are watched too.</summary>
    public bool Recursive => Settings.Recursive;

    /// <summary>
    /// For a root of one file, the name of that file in <see cref="PhysicalPath"/>: only hints about it count. Null for a directory.
    /// </summary>
    public string? FileName { get; }

    /// <summary>Whether it is a root of one file.</summary>
    internal bool IsFile => FileName is not null;

    /// <summary>Its place among the roots that the monitor has at the moment. A root that is added later may get the place of one that was removed.</summary>
    internal int Index { get; }

    /// <summary>Whether it was removed from the running monitor: nothing is reported about it any more.</summary>
    internal bool IsRemoved => _isRemoved;

    internal RootSettings Settings { get; }

    internal IgnoreRules Rules { get; }

    /// <summary>The names of the sentinel files.</summary>
    internal SentinelNames Sentinels { get; } = new();

    /// <summary>The root is removed. Called by the pump.</summary>
    internal void MarkRemoved() => _isRemoved = true;

    /// <summary>
    /// Sets the path of a lost root that was found again, perhaps behind another link. Called by the root's RootWatch, before the source is
    /// armed.
    /// </summary>
    internal void MoveTo(string physicalPath) => _physicalPath = physicalPath;

    /// <summary>Whether a directory is ignored with everything below it, so that a source need not watch it.</summary>
    /// <param name="relativeDirectory">The directory below the root, names separated by <c>/</c>.</param>
    public bool IsIgnoredDirectory(ReadOnlySpan<char> relativeDirectory) => Rules.IsIgnoredDirectory(relativeDirectory) || !Enters(relativeDirectory);

    /// <summary>Whether a directory is an item of the root, by its patterns and depth. What is in it may be none.</summary>
    internal bool HasDirectory(ReadOnlySpan<char> relativeDirectory) => !Rules.IsIgnoredDirectory(relativeDirectory);

    /// <summary>Whether the contents of a directory are watched, as far as its depth decides that.</summary>
    internal bool Enters(ReadOnlySpan<char> relativeDirectory) => Settings.MaxDepth == int.MaxValue || PathText.DepthOf(relativeDirectory) < Settings.MaxDepth;

    /// <summary>Whether the contents of the subdirectories of a directory are watched, as far as their depth decides that.</summary>
    internal bool EntersBelow(ReadOnlySpan<char> relativeDirectory) => Settings.MaxDepth == int.MaxValue || PathText.DepthOf(relativeDirectory) + 1 < Settings.MaxDepth;

    /// <summary>
    /// The relative path that a host sees. A root of one file is, inside, a directory with one name in it; for a host the file is the root itself.
    /// </summary>
    internal string ToHost(string relativePath) => IsFile ? "" : relativePath;

    /// <summary>The whole path that a host sees.</summary>
    internal string PathOf(string relativePath) => PathText.Absolute(Path, ToHost(relativePath));

    /// <summary>The path as it was configured.</summary>
    public override string ToString() => Path;
}
