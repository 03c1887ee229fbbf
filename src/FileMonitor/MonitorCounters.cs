namespace FileMonitor;

/// <summary>The counts of all hints and events. At every moment <c>Received = Coalesced + Ignored + Suppressed + Emitted + Pending + Lost</c>.</summary>
public sealed class MonitorCounters
{
    internal MonitorCounters()
    {
    }

    /// <summary>Hints from the source, and those that the monitor gave itself after listing directories.</summary>
    public required long Received { get; init; }

    /// <summary>Hints merged into another hint about the same path.</summary>
    public required long Coalesced { get; init; }

    /// <summary>Hints left out by a pattern.</summary>
    public required long Ignored { get; init; }

    /// <summary>Hints without a change: the same content, or an item that came and went (<see cref="Transient"/>).</summary>
    public required long Suppressed { get; init; }

    /// <summary>Hints that ended in one or more events.</summary>
    public required long Emitted { get; init; }

    /// <summary>Hints that are not settled yet.</summary>
    public required long Pending { get; init; }

    /// <summary>Hints refused because there was no room, cut off by the shutdown timeout, or lost by a defect. Each loss is also a gap.</summary>
    public required long Lost { get; init; }

    /// <summary>Of those suppressed, files that came and went within one quiet period.</summary>
    public required long Transient { get; init; }

    /// <summary>Losses that a source reported; how many hints each stands for is not known.</summary>
    public required long SourceLosses { get; init; }

    /// <summary>Times a source was restarted.</summary>
    public required long SourceRestarts { get; init; }

    /// <summary>Events of all kinds; the last sequence number.</summary>
    public required long Events { get; init; }

    /// <summary>Events of kind <see cref="AuditEventKind.Gap"/> in the stream.</summary>
    public required long Gaps { get; init; }

    /// <summary>Files hashed.</summary>
    public required long ChecksumFiles { get; init; }

    /// <summary>Bytes hashed, discarded attempts included.</summary>
    public required long ChecksumBytes { get; init; }

    /// <summary>Whether the equation holds; always true unless there is a defect.</summary>
    public bool Balances => Received == Coalesced + Ignored + Suppressed + Emitted + Pending + Lost;
}
