namespace FileMonitor;

/// <summary>The result of <see cref="FileSystemMonitor.FlushAsync"/>.</summary>
public sealed class FlushResult
{
    internal FlushResult(long sequence, IReadOnlyList<string> degradations, IReadOnlyList<string> notReached)
    {
        Sequence = sequence;
        Degradations = degradations;
        NotReached = notReached;
    }

    /// <summary>
    /// Events up to this sequence number (<see cref="AuditEvent.Sequence"/>) report everything that happened before the call, except for
    /// <see cref="NotReached"/>. A reader that has read so far has it all; 0 when there was never an event.
    /// </summary>
    public long Sequence { get; }

    /// <summary>Whether the flush was complete: <see cref="Degradations"/> and <see cref="NotReached"/> are empty.</summary>
    public bool IsComplete => Degradations.Count == 0 && NotReached.Count == 0;

    /// <summary>
    /// What the flush could not promise, one sentence each: a root that is lost or unreadable, a sink that does not accept events; or what made
    /// it more expensive: a root in which no sentinel file can be created was compared with the disk instead.
    /// </summary>
    public IReadOnlyList<string> Degradations { get; }

    /// <summary>
    /// What was not done within <see cref="FileMonitorOptions.FlushTimeout"/>, one sentence each: files that are still being read, up to a
    /// hundred by name, then numbers. Empty when the flush ended in time. Files that are being read were reported with
    /// <see cref="ChecksumStatus.Pending"/>, and their checksums follow.
    /// </summary>
    public IReadOnlyList<string> NotReached { get; }
}
