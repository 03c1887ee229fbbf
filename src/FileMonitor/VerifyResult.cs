using System.Text.Json.Serialization;

namespace FileMonitor;

/// <summary>How the disk differs from what was reported (<see cref="FileSystemMonitor.VerifyAsync"/>).</summary>
public sealed class VerifyResult
{
    internal VerifyResult(long items, long checksums, long differenceCount, IReadOnlyList<TreeDifference> differences, IReadOnlyList<string> problems)
    {
        Items = items;
        Checksums = checksums;
        DifferenceCount = differenceCount;
        Differences = differences;
        Problems = problems;
    }

    /// <summary>Items that were compared.</summary>
    public long Items { get; }

    /// <summary>Files whose content was hashed and compared.</summary>
    public long Checksums { get; }

    /// <summary>How many differences there are.</summary>
    public long DifferenceCount { get; }

    /// <summary>The differences, at most the first 10,000.</summary>
    public IReadOnlyList<TreeDifference> Differences { get; }

    /// <summary>
    /// What could not be compared, one sentence each: a root that is lost, a directory or a file that cannot be read, or what was left when
    /// <see cref="FileMonitorOptions.VerifyTimeout"/> passed.
    /// </summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Whether everything was compared: <see cref="Problems"/> is empty.</summary>
    public bool IsComplete => Problems.Count == 0;
}

/// <summary>One path where the disk differs from what was reported.</summary>
public sealed class TreeDifference
{
    internal TreeDifference(DifferenceKind kind, string root, string relativePath, string detail)
    {
        Kind = kind;
        Root = root;
        RelativePath = relativePath;
        Detail = detail;
    }

    /// <summary>How the path differs.</summary>
    public DifferenceKind Kind { get; }

    /// <summary>The root, as configured.</summary>
    public string Root { get; }

    /// <summary>The path below the root, names separated by <c>/</c>.</summary>
    public string RelativePath { get; }

    /// <summary>A sentence that describes both sides.</summary>
    public string Detail { get; }
}

/// <summary>How the disk differs from what was reported.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DifferenceKind>))]
public enum DifferenceKind
{
    /// <summary>The item is on disk and was not reported.</summary>
    NotReported,

    /// <summary>The item was reported, or there at start, and is not on disk.</summary>
    NotOnDisk,

    /// <summary>Type, size, modification time or identity differ.</summary>
    StateDiffers,

    /// <summary>The metadata are as reported, the content is not.</summary>
    ContentDiffers,
}
