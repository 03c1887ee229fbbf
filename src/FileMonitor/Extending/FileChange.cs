using System.Text.Json.Serialization;

namespace FileMonitor.Extending;

/// <summary>The kind of a hint. A hint may be late, repeated, or no longer true when it is read.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FileChangeKind>))]
public enum FileChangeKind
{
    /// <summary>The path appeared.</summary>
    Created,

    /// <summary>The content or the attributes may have changed.</summary>
    Modified,

    /// <summary>The path is gone.</summary>
    Deleted,

    /// <summary>The item was renamed or moved within the root.</summary>
    Renamed,

    /// <summary>Look at the path; the source does not know what happened.</summary>
    Look,
}

/// <summary>A hint of a source: something may have happened at a path.</summary>
public readonly struct FileChange
{
    /// <summary>A hint about one path.</summary>
    /// <param name="kind">What happened, as far as the source knows.</param>
    /// <param name="root">The root, one of those the source was started with.</param>
    /// <param name="relativePath">The path below the root, names separated by <c>/</c>.</param>
    /// <param name="oldRelativePath">For <see cref="FileChangeKind.Renamed"/>, the old path.</param>
    public FileChange(FileChangeKind kind, MonitoredRoot root, string relativePath, string? oldRelativePath = null)
    {
        Kind = kind;
        Root = root;
        RelativePath = relativePath;
        OldRelativePath = oldRelativePath;
    }

    /// <summary>What happened, as far as the source knows.</summary>
    public FileChangeKind Kind { get; }

    /// <summary>The root below which it happened.</summary>
    public MonitoredRoot Root { get; }

    /// <summary>The path below the root, names separated by <c>/</c>.</summary>
    public string RelativePath { get; }

    /// <summary>For a rename, the old path.</summary>
    public string? OldRelativePath { get; }

    /// <summary>
    /// Whether the writer of the file has closed it. The monitor then looks at it after <see cref="DebounceOptions.FinishedDelay"/> instead of
    /// the whole quiet period. The default is false: not known.
    /// </summary>
    public bool IsFinished { get; init; }

    /// <summary>Which process did it; null when the source does not know.</summary>
    public Actor? Actor { get; init; }

    /// <summary>
    /// What of an item cannot have changed by what the source heard of <see cref="Actor"/>, although it may have changed meanwhile. Nothing, unless the source can tell a
    /// write from a change of attributes.
    /// </summary>
    internal ItemAttributes Unexplained { get; init; }

    /// <summary>For a deletion, whether the open file may have been written afterwards. Then it may have another name.</summary>
    internal bool WasWritten { get; init; }

    /// <summary>When the inbox took it: a timestamp of the monitor's TimeProvider.</summary>
    internal long ReceivedAt { get; init; }

    /// <summary>How the change was found, for hints that the monitor gives itself.</summary>
    internal AuditEventOrigin Origin { get; init; }

    /// <summary>Whether a flush that is under way waits for it.</summary>
    internal bool IsAwaited { get; init; }

    /// <summary>Whether the monitor gave it itself.</summary>
    internal bool IsOwn { get; init; }

    /// <summary>Whether it comes from a comparison after a loss; the gap is not closed before it is settled.</summary>
    internal bool IsHealing { get; init; }
}
