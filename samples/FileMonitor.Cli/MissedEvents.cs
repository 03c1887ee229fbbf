namespace FileMonitor.Cli;

/// <summary>Counts the events that the reader of standard output missed because it was too slow; the stream reports them in a gap.</summary>
internal sealed class MissedEvents(IEventOutput output) : IEventOutput
{
    public TimeSpan? RefreshPeriod => output.RefreshPeriod;

    public long Count { get; private set; }

    public void Write(AuditEvent auditEvent)
    {
        if (auditEvent.Gap is { Cause: GapCause.ReaderTooSlow } gap)
        {
            Count += gap.Lost ?? 1;
        }

        output.Write(auditEvent);
    }

    public void Flush() => output.Flush();
}
