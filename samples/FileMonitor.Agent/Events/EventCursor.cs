namespace FileMonitor.Agent.Events;

/// <summary>One reader's position in the buffer. It holds only its last batch of events, so that an idle reader costs nothing.</summary>
/// <remarks>The buffer owns the state, under its lock; the reader owns the batch. One caller at a time.</remarks>
internal sealed class EventCursor(EventBuffer buffer, long next, bool isWaitedFor, bool isAfterOtherRun) : IDisposable
{
    private readonly List<BufferedEvent> _batch = [];

    /// <summary>The position it will read next.</summary>
    public long Next { get; set; } = next;

    /// <summary>How many of the events from before it was opened it will read.</summary>
    public int Recent { get; init; }

    /// <summary>Whether a publisher waits for this reader before it overwrites events.</summary>
    public bool IsWaitedFor { get; set; } = isWaitedFor;

    /// <summary>Whether the reader must still be told that its position is from another run.</summary>
    public bool IsAfterOtherRun { get; set; } = isAfterOtherRun;

    /// <summary>
    /// How far the reader is in each monitor, for the journals: set on opening, then by the reader. Null when that is not known; then it is told what it misses.
    /// </summary>
    public StreamPlace? Place { get; set; }

    /// <summary>How long publishers have waited without progress of this reader.</summary>
    public TimeSpan HeldUp { get; set; }

    /// <summary>The position at which the reader counts as making progress.</summary>
    public long GetsOnAt { get; set; }

    /// <summary>Set while it waits for something to read.</summary>
    public TaskCompletionSource? Waiting { get; set; }

    /// <summary>The next events; waits while there are none, until <see cref="EventBuffer.Wake"/> at the latest.</summary>
    public async ValueTask<EventBatch> ReadAsync(CancellationToken cancellationToken)
    {
        if (buffer.Take(this, _batch, mayWait: true, out var batch) is { } waiting)
        {
            await waiting.WaitAsync(cancellationToken);
            _ = buffer.Take(this, _batch, mayWait: false, out batch);
        }

        return batch;
    }

    public void Dispose() => buffer.Close(this);
}
