using FileMonitor.Extending;

namespace FileMonitor.Delivery;

/// <summary>An open gap: events may be missing until the comparison with the disk is done. Owner: the pump.</summary>
internal sealed class Gap(long number, MonitoredRoot root, GapCause cause, string directory, string detail, DateTimeOffset since)
{
    public long Number { get; } = number;

    public MonitoredRoot Root { get; } = root;

    public GapCause Cause { get; } = cause;

    /// <summary>The directory; for several losses, their closest common directory.</summary>
    public string Directory { get; set; } = directory;

    public string Detail { get; set; } = detail;

    public DateTimeOffset Since { get; } = since;

    public long Lost { get; set; }

    /// <summary>The timestamp of the latest loss.</summary>
    public long LastAt { get; set; }

    /// <summary>Whether hints arrive again. Always true for a loss, which is over when it is reported.</summary>
    public bool IsCovered { get; set; } = true;

    /// <summary>How many changes comparisons had found when the gap was opened.</summary>
    public long FoundBefore { get; set; }

    /// <summary>The details in the event that opened the gap. They have the first affected sequence number once the event is numbered.</summary>
    public GapDetails? Opening { get; set; }
}
