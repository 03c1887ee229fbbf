namespace FileMonitor;

/// <summary>How the durable state of a monitor does.</summary>
public sealed class StoreHealth
{
    internal StoreHealth()
    {
    }

    /// <summary>Where it is.</summary>
    public required string Directory { get; init; }

    /// <summary>Records of the journal that are on the disk.</summary>
    public required long Records { get; init; }

    /// <summary>Of these, how many the last signed checkpoint covers.</summary>
    public required long Checkpointed { get; init; }

    /// <summary>When the monitor ran before, the time of its last record; null at the first start, and where it is not known.</summary>
    public DateTimeOffset? LastRan { get; init; }

    /// <summary>The sequence number of the last event of the runs before; 0 when there was none. The first event of this run has the next one.</summary>
    public long PreviousSequence { get; init; }

    /// <summary>What is wrong now; null when all is well. While the disk takes nothing, events are held back.</summary>
    public string? Problem { get; init; }

    /// <summary>Each consumer that acknowledges.</summary>
    public required IReadOnlyList<CursorHealth> Cursors { get; init; }
}

/// <summary>The place of one consumer that acknowledges.</summary>
public sealed class CursorHealth
{
    internal CursorHealth()
    {
    }

    /// <summary>Its name; that of a required sink begins with <c>sink/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Every event up to this one is acknowledged.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>How many events are not.</summary>
    public required long Lag { get; init; }
}
