using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Values;

namespace FileMonitor.Sources.SingleFiles;

/// <summary>A name that the way to a file leads through.</summary>
/// <param name="File">The file.</param>
/// <param name="Name">The name in the directory.</param>
/// <param name="IsEnd">Whether it is the file itself, or where it would be; otherwise it is a link on the way, or a directory that is missing.</param>
internal readonly record struct TrailName(FileWatch File, string Name, bool IsEnd);

/// <summary>
/// A directory with names that ways lead through. It is watched once, for all files. The source sees it as a root without subdirectories.
/// </summary>
/// <remarks>Owner: the loop of <see cref="FileRootSource"/>. <see cref="TrailWriter"/> owns the names and the conditions, under its lock; any thread reads the names.</remarks>
internal sealed class TrailDirectory(MonitoredRoot root, FileIdentity identity)
{
    private volatile TrailName[] _names = [];

    /// <summary>The directory as a root.</summary>
    public MonitoredRoot Root { get; } = root;

    /// <summary>Whether the source watches it.</summary>
    public bool IsWatched { get; set; }

    /// <summary>Compares it with the disk while it cannot be watched; null when it can.</summary>
    public UncoveredRoot? Unwatched { get; set; }

    /// <summary>The names that count. Replaced as a whole.</summary>
    public TrailName[] Names { get => _names; set => _names = value; }

    /// <summary>Why hints are missing from it.</summary>
    public Dictionary<GapCause, string> Conditions { get; } = [];

    /// <summary>Whether a stop is in this directory: by identity, because a directory that was renamed is watched already.</summary>
    public bool Is(in TrailStop stop) => identity.IsKnown ? identity == stop.Identity : Root.PhysicalPath == stop.Directory;

    /// <summary>Whether it may be listed, which watching needs.</summary>
    public bool CanBeWatched() => DirectoryOnDisk.CanBeListed(Root.PhysicalPath);
}
