namespace FileMonitor;

/// <summary>What <see cref="FileSystemMonitor.FlushAsync"/> can promise.</summary>
public sealed class FlushResult
{
    internal FlushResult(long sequence, IReadOnlyList<string> degradations, IReadOnlyList<string> notReached)
    {
        Sequence = sequence;
        Degradations = degradations;
        NotReached = notReached;
    }

    /// <summary>
    /// Everything that happened before the call is told by events up to this sequence number (<see cref="AuditEvent.Sequence"/>), but for what
    /// is <see cref="NotReached"/>. A reader that has read so far knows it all; 0 when there was never an event.
    /// </summary>
    public long Sequence { get; }

    /// <summary>Whether nothing had to be left open: <see cref="Degradations"/> and <see cref="NotReached"/> are empty.</summary>
    public bool IsComplete => Degradations.Count == 0 && NotReached.Count == 0;

    /// <summary>
    /// What keeps the promise from being whole, one sentence each: a root that is lost or closed to us, a sink that does not accept events; or
    /// what made it more expensive: a root in which no sentinel file can be made was compared with the disk instead.
    /// </summary>
    public IReadOnlyList<string> Degradations { get; }

    /// <summary>
    /// What was not done within <see cref="FileMonitorOptions.FlushTimeout"/>, one sentence each: files that are still being read, by name up to a
    /// hundred of them, then numbers. Empty when the flush ended in time. Of files that are being read, what is known is told
    /// (<see cref="ChecksumStatus.Pending"/>), and their checksums follow.
    /// </summary>
    public IReadOnlyList<string> NotReached { get; }
}
