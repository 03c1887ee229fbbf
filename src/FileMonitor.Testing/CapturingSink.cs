namespace FileMonitor.Testing;

/// <summary>A sink that keeps its events, and fails or hangs when a test wants it to.</summary>
/// <remarks>May be used from several threads.</remarks>
public sealed class CapturingSink : IAuditEventSink
{
    // Owns the events and the signal.
    private readonly Lock _events = new();
    private AuditEvent[] _items = [];
    private int _count;
    private TaskCompletionSource _changed = NewSignal();
    private int _attempts;
    private int _flushes;
    private volatile Exception? _failWith;
    private volatile Task? _holdUntil;

    /// <summary>The events taken so far, in order.</summary>
    public IReadOnlyList<AuditEvent> Events
    {
        get
        {
            lock (_events)
            {
                return SnapshotUnsynchronized();
            }
        }
    }

    /// <summary>How often a batch was offered, failures included.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>How often the monitor asked to make the events durable.</summary>
    public int Flushes => Volatile.Read(ref _flushes);

    /// <summary>While set, every batch is refused with this exception.</summary>
    public Exception? FailWith
    {
        get => _failWith;
        set => _failWith = value;
    }

    /// <summary>While set and not complete, every batch waits for it, or for the monitor to give up.</summary>
    public Task? HoldUntil
    {
        get => _holdUntil;
        set => _holdUntil = value;
    }

    /// <summary>Waits until the events taken so far satisfy a condition.</summary>
    /// <param name="until">Checks the events so far; called again after each batch, never inside a lock.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The events that satisfied <paramref name="until"/>.</returns>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task<IReadOnlyList<AuditEvent>> WaitForAsync(
        Func<IReadOnlyList<AuditEvent>, bool> until,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(until);
        while (true)
        {
            IReadOnlyList<AuditEvent> events;
            Task changed;
            lock (_events)
            {
                events = SnapshotUnsynchronized();
                changed = _changed.Task;
            }

            if (until(events))
            {
                return events;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Interlocked.Increment(ref _attempts);
        if (HoldUntil is { } hold)
        {
            await hold.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (FailWith is { } failure)
        {
            throw failure;
        }

        TaskCompletionSource changed;
        lock (_events)
        {
            AppendUnsynchronized(batch);
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <inheritdoc />
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _flushes);
        return Task.CompletedTask;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // A view of the array, not a copy: items below the count never change, so a test may look as often as it likes.
    private ArraySegment<AuditEvent> SnapshotUnsynchronized() => new(_items, 0, _count);

    private void AppendUnsynchronized(IReadOnlyList<AuditEvent> batch)
    {
        if (_count + batch.Count > _items.Length)
        {
            Array.Resize(ref _items, Math.Max(_count + batch.Count, 2 * _items.Length));
        }

        foreach (var auditEvent in batch)
        {
            _items[_count++] = auditEvent;
        }
    }
}
