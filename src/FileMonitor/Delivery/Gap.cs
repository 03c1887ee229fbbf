using FileMonitor.Extending;

namespace FileMonitor.Delivery;

/// <summary>Something may be missing from the stream, until it was looked for. Owned by the pump.</summary>
internal sealed class Gap(long number, MonitoredRoot root, GapCause cause, string directory, string detail, DateTimeOffset since)
{
    public long Number { get; } = number;

    public MonitoredRoot Root { get; } = root;

    public GapCause Cause { get; } = cause;

    /// <summary>Where; for several losses, the directory that they have in common.</summary>
    public string Directory { get; set; } = directory;

    public string Detail { get; set; } = detail;

    public DateTimeOffset Since { get; } = since;

    public long Lost { get; set; }

    /// <summary>Timestamp of the latest loss.</summary>
    public long LastAt { get; set; }

    /// <summary>Whether hints come again; a loss that is over is covered from the start.</summary>
    public bool IsCovered { get; set; } = true;

    /// <summary>How many changes comparisons had found when it was opened.</summary>
    public long FoundBefore { get; set; }

    /// <summary>What the event that opened it says: once it is numbered, the first sequence number that may be affected.</summary>
    public GapDetails? Opening { get; set; }
}
