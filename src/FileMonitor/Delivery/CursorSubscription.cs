namespace FileMonitor.Delivery;

/// <summary>A subscription that reads from a cursor. The cursor is opened by the first enumeration.</summary>
/// <param name="name">The name of the subscription.</param>
/// <param name="isDurable">Whether the cursor is durable.</param>
/// <param name="open">Opens the cursor. Returns null when the monitor ended before it started.</param>
internal sealed class CursorSubscription(string name, bool isDurable, Func<CancellationToken, ValueTask<IAcknowledgedCursor?>> open) : EventSubscription
{
    private const int MostAtOnce = 256;

    private TaskCompletionSource? _enumeration;
    private volatile IAcknowledgedCursor? _cursor;

    public override string Name => name;

    public override bool IsDurable => isDurable;

    public override long Lag => _cursor?.Lag ?? 0;

    /// <summary>Completes when the current enumeration ends; completed when there is none.</summary>
    public Task Enumeration => Volatile.Read(ref _enumeration)?.Task ?? Task.CompletedTask;

    public override void Acknowledge(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        _cursor?.Acknowledge(auditEvent.Sequence);
    }

    public override async IAsyncEnumerator<AuditEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var enumeration = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _enumeration, enumeration, null) is not null)
        {
            throw new InvalidOperationException($"The subscription '{name}' already has a consumer. Pass events on from there, or subscribe by another name.");
        }

        try
        {
            if ((_cursor ??= await open(cancellationToken).ConfigureAwait(false)) is not { } cursor)
            {
                yield break;
            }

            cursor.Rewind();
            while (await cursor.ReadAsync(MostAtOnce, cancellationToken).ConfigureAwait(false) is { Count: > 0 } events)
            {
                foreach (var one in events)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return one;
                }
            }
        }
        finally
        {
            Volatile.Write(ref _enumeration, null);
            enumeration.TrySetResult();
        }
    }
}
