namespace FileMonitor;

/// <summary>The health of a monitor's durable state.</summary>
public sealed class StoreHealth
{
    internal StoreHealth()
    {
    }

    /// <summary>The full path of its directory.</summary>
    public required string Directory { get; init; }

    /// <summary>How many records of the journal are on the disk.</summary>
    public required long Records { get; init; }

    /// <summary>How many of them the last signed checkpoint covers.</summary>
    public required long Checkpointed { get; init; }

    /// <summary>The time of the last record of the run before; null at the first start, and when it is not known.</summary>
    public DateTimeOffset? LastRan { get; init; }

    /// <summary>The sequence number of the last event of the runs before; 0 when there was none. The first event of this run has the next one.</summary>
    public long PreviousSequence { get; init; }

    /// <summary>What is wrong now; null when all is well. While the journal cannot be written, events are held back.</summary>
    public string? Problem { get; init; }

    /// <summary>Since when; null when all is well.</summary>
    public DateTimeOffset? ProblemSince { get; init; }

    /// <summary>The consumers that acknowledge, as far as they were opened in this run; also those of the journal's records.</summary>
    public required IReadOnlyList<CursorHealth> Cursors { get; init; }
}

/// <summary>The position of one consumer that acknowledges.</summary>
public sealed class CursorHealth
{
    internal CursorHealth()
    {
    }

    /// <summary>The name; that of a required sink begins with <c>sink/</c>, that of a handler with <c>handler/</c>, that of a consumer of the journal's records with <c>records/</c>.</summary>
    public required string Name { get; init; }

    /// <summary>All events up to this one are acknowledged. For a consumer of records: how many records of the journal are acknowledged.</summary>
    public required long Acknowledged { get; init; }

    /// <summary>How many events are not acknowledged; for a consumer of records, how many records.</summary>
    public required long Lag { get; init; }

    /// <summary>What keeps a consumer of records from going on, as it says itself; null when all is well, and for other consumers. It is among <see cref="MonitorHealth.Degradations"/>, too.</summary>
    public string? Problem { get; init; }
}
