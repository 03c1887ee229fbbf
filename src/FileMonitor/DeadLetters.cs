namespace FileMonitor;

/// <summary>
/// The dead letters of a monitor's handlers: events that failed as often as <see cref="HandlerRetryOptions.Attempts"/> says. With durable state they are on the disk. From
/// <see cref="FileSystemMonitor.DeadLetters"/>. Any thread.
/// </summary>
public abstract class DeadLetters
{
    private protected DeadLetters()
    {
    }

    /// <summary>The dead letters of a handler, oldest first; empty before the monitor has started.</summary>
    /// <param name="handler">The name of the handler.</param>
    /// <exception cref="KeyNotFoundException">The monitor has no such handler.</exception>
    public abstract IReadOnlyList<DeadLetter> Read(string handler);

    /// <summary>
    /// Gives all dead letters of a handler to it again, once each, and never at the same time as another event of the same path. They do not wait behind events that wait for a retry or for
    /// room in the list, which are later. Those that it handles are removed from the list.
    /// </summary>
    /// <param name="handler">The name of the handler.</param>
    /// <param name="cancellationToken">Stops waiting; what has begun goes on.</param>
    /// <returns>How many it has handled; 0 before the monitor has started.</returns>
    /// <exception cref="InvalidOperationException">The handler itself calls it, and would wait for itself.</exception>
    /// <exception cref="KeyNotFoundException">The monitor has no such handler.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled.</exception>
    public abstract Task<int> RetryAsync(string handler, CancellationToken cancellationToken = default);

    /// <summary>Removes a dead letter: nobody will handle it.</summary>
    /// <param name="handler">The name of the handler.</param>
    /// <param name="eventId">The <see cref="AuditEvent.Id"/> of its event.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="KeyNotFoundException">The monitor has no such handler.</exception>
    /// <exception cref="IOException">The disk failed or is full; it was not removed.</exception>
    public abstract bool Remove(string handler, Guid eventId);
}
