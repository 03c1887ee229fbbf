namespace FileMonitor;

/// <summary>How events are given to a handler.</summary>
public sealed class HandlerOptions
{
    private const int MostParallel = 1_000;
    private const int MostLetters = 1_000_000;

    /// <summary>
    /// The name in health, logs and the durable state, by which the position of the handler is kept: 1 to 64 of A to Z, a to z, digits, '-', '_' and '.'. Default: the
    /// name of the handler's type. Under a new name a handler begins with the current run.
    /// </summary>
    public string Name { get; set; } = "";

    /// <summary>How many events are handled at once; those of one path never are. Range 1 to 1,000, default 1.</summary>
    public int Parallelism { get; set; } = 1;

    /// <summary>
    /// Which events the handler gets; the others count as handled. Default null: all, gaps and lost roots included. <see cref="AuditEventFile.IsCompleteFile"/>: those of complete files.
    /// </summary>
    public Func<AuditEvent, bool>? Where { get; set; }

    /// <summary>
    /// How long one call may take before its token is signalled and it counts as failed, even if it ends well later. Range 1 ms to 1 day, 0 (the default) for no limit. The next try waits
    /// until a call that does not heed its token has ended, and so do later events of its path, because calls of one path must not overlap.
    /// </summary>
    public TimeSpan Timeout { get; set; }

    /// <summary>How often a failed event is tried again.</summary>
    public HandlerRetryOptions Retry { get; } = new();

    /// <summary>
    /// How many events may be in the list of dead letters (<see cref="FileSystemMonitor.DeadLetters"/>). Range 0 to 1,000,000, default 10,000. When it is full, a failed
    /// event waits with all later ones of its path, and health says so; nothing is lost. The events of other paths are handled meanwhile, until
    /// <see cref="ReaderOptions.BufferCapacity"/> events were read since the first that waits.
    /// </summary>
    public int MaxDeadLetters { get; set; } = 10_000;

    /// <exception cref="ArgumentException">A value is out of range; the message names all of them.</exception>
    internal HandlerOptions Checked()
    {
        var errors = new List<string>();
        if (Name.Length is 0 or > 64 || !Name.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.'))
        {
            errors.Add("Name has to be 1 to 64 of the letters A to Z and a to z, digits, '-', '_' and '.'.");
        }

        Check(Parallelism is >= 1 and <= MostParallel, $"Parallelism ({Parallelism}) is out of range: use 1 to {MostParallel}.");
        Check(Timeout == TimeSpan.Zero || (Timeout >= TimeSpan.FromMilliseconds(1) && Timeout <= TimeSpan.FromDays(1)), $"Timeout ({Timeout:c}) is out of range: use 1 ms to 1 day, or 0 for none.");
        Check(Retry.Attempts >= 1, $"Retry.Attempts ({Retry.Attempts}) is out of range: use 1 or more.");
        Check(Retry.Delay >= TimeSpan.Zero && Retry.Delay <= Retry.MaxDelay && Retry.MaxDelay <= TimeSpan.FromDays(1), $"Retry.Delay ({Retry.Delay:c}) and Retry.MaxDelay ({Retry.MaxDelay:c}) are out of range: use 0 to Retry.MaxDelay, and at most 1 day.");
        Check(MaxDeadLetters is >= 0 and <= MostLetters, $"MaxDeadLetters ({MaxDeadLetters}) is out of range: use 0 to {MostLetters}.");
        return errors.Count == 0 ? this : throw new ArgumentException($"The options of the handler '{Name}' are wrong. {string.Join(' ', errors)}");

        void Check(bool isGood, FormattableString error)
        {
            if (!isGood)
            {
                errors.Add(FormattableString.Invariant(error));
            }
        }
    }
}

/// <summary>How often a failed event is tried again, with growing pauses, before it becomes a dead letter.</summary>
public sealed class HandlerRetryOptions
{
    /// <summary>How often an event is tried in all. At least 1, default 5; <see cref="int.MaxValue"/> for ever: later events of the same path then wait for it.</summary>
    public int Attempts { get; set; } = 5;

    /// <summary>
    /// The pause after the first failure, about: each further one is twice as long on average. Pauses are random, so that what failed together is not tried again together, and one may be
    /// shorter than the one before. Range 0 to <see cref="MaxDelay"/>, default 1 s.
    /// </summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause. At most 1 day, default 1 minute.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(1);
}
