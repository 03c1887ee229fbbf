namespace FileMonitor.Cli;

/// <summary>Where events go. Owned by <see cref="EventLoop"/> until the stream has ended, then by who prints the summary.</summary>
internal interface IEventOutput
{
    /// <summary>How often <see cref="Flush"/> is wanted although nothing happens; null for never.</summary>
    TimeSpan? RefreshPeriod { get; }

    /// <summary>Takes an event; it may stay in a buffer until <see cref="Flush"/>.</summary>
    void Write(AuditEvent auditEvent);

    /// <summary>Hands on what is buffered.</summary>
    /// <exception cref="IOException">Nobody reads any more, or the disk is full.</exception>
    void Flush();
}
