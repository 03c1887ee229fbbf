namespace FileMonitor;

/// <summary>One handler, in a <see cref="MonitorHealth"/>.</summary>
public sealed class HandlerHealth
{
    internal HandlerHealth()
    {
    }

    /// <summary>Its name (<see cref="HandlerOptions.Name"/>).</summary>
    public required string Name { get; init; }

    /// <summary>Whether events that are not handled come again after a restart: the monitor has durable state.</summary>
    public required bool IsDurable { get; init; }

    /// <summary>Events that it has handled, and those that <see cref="HandlerOptions.Where"/> left out.</summary>
    public required long Handled { get; init; }

    /// <summary>Calls that failed, each attempt counted.</summary>
    public required long Failures { get; init; }

    /// <summary>Events that wait for it or are being handled; with durable state all that it has not acknowledged.</summary>
    public required long Lag { get; init; }

    /// <summary>Events in the list of dead letters.</summary>
    public required int DeadLetters { get; init; }

    /// <summary>
    /// Whether nothing more can be done for some events: one waits because the list of dead letters is full or cannot be written, or so many wait behind one that fails that no more are read
    /// (<see cref="ReaderOptions.BufferCapacity"/>).
    /// </summary>
    public required bool IsBlocked { get; init; }

    /// <summary>Since when every call has failed; null when the last one succeeded.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>The message of the last error.</summary>
    public string? LastError { get; init; }

    /// <summary>Sentences for health; none when all is well.</summary>
    internal IEnumerable<string> Degradations
    {
        get
        {
            if (IsBlocked)
            {
                yield return $"Handler {Name} waits, because its list of dead letters is full or cannot be written, or because too many events wait behind one that fails.";
            }

            if (FailingSince is not null)
            {
                yield return $"Handler {Name} fails: {LastError}";
            }

            if (DeadLetters > 0)
            {
                yield return FormattableString.Invariant($"Handler {Name} has {DeadLetters:N0} dead letters.");
            }
        }
    }
}
