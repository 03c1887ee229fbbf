namespace FileMonitor.Cli;

/// <summary>Receives events. Owned by <see cref="EventLoop"/> until the stream has ended, then by the code that prints the summary.</summary>
internal interface IEventOutput
{
    /// <summary>How often to call <see cref="Flush"/> without events; null for never.</summary>
    TimeSpan? RefreshPeriod { get; }

    /// <summary>Takes an event; it may stay in a buffer until <see cref="Flush"/>.</summary>
    void Write(AuditEvent auditEvent);

    /// <summary>Writes out the buffer.</summary>
    /// <exception cref="IOException">The reader has gone, or the disk is full.</exception>
    void Flush();
}
