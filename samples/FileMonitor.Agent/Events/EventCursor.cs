namespace FileMonitor.Agent.Events;

/// <summary>
/// One reader's place in the buffer. It holds no events but the few it was given last, so that a reader that does not read costs nothing.
/// </summary>
/// <remarks>Its state is the buffer's, under the buffer's lock; only the batch is the reader's own. One caller at a time.</remarks>
internal sealed class EventCursor(EventBuffer buffer, long next, bool isWaitedFor, bool isAfterOtherRun) : IDisposable
{
    private readonly List<BufferedEvent> _batch = [];

    /// <summary>The position it will read next.</summary>
    public long Next { get; set; } = next;

    /// <summary>Whether a publisher waits before it overwrites what this one has not read.</summary>
    public bool IsWaitedFor { get; set; } = isWaitedFor;

    /// <summary>Whether it still has to be told that it comes from another run.</summary>
    public bool IsAfterOtherRun { get; set; } = isAfterOtherRun;

    /// <summary>For how long publishers have waited without its getting on.</summary>
    public TimeSpan HeldUp { get; set; }

    /// <summary>When it has read up to here, it is getting on.</summary>
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
