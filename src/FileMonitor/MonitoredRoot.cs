namespace FileMonitor;

/// <summary>A root as the monitor uses it: checked, absolute, with its patterns compiled.</summary>
public sealed class MonitoredRoot
{
    internal MonitoredRoot(int index, string path, string physicalPath, bool recursive, IgnoreRules rules)
    {
        Index = index;
        Path = path;
        PhysicalPath = physicalPath;
        Recursive = recursive;
        Rules = rules;
    }

    /// <summary>The directory as it was configured, absolute, without a separator at the end. Events name this one.</summary>
    public string Path { get; }

    /// <summary>The directory itself, with symbolic links resolved when the monitor started. Sources watch this one.</summary>
    public string PhysicalPath { get; }

    /// <summary>Whether subdirectories are watched too.</summary>
    public bool Recursive { get; }

    internal int Index { get; }

    internal IgnoreRules Rules { get; }

    /// <summary>Whether a directory is left out with everything below it, so that a source need not watch it.</summary>
    /// <param name="relativeDirectory">The directory below the root, names separated by <c>/</c>.</param>
    public bool IsIgnoredDirectory(ReadOnlySpan<char> relativeDirectory) => Rules.IsIgnoredDirectory(relativeDirectory);

    /// <summary>The path as it was configured.</summary>
    public override string ToString() => Path;
}
