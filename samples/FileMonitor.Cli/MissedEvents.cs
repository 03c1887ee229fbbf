namespace FileMonitor.Cli;

/// <summary>Counts what the reader of standard output was not given because it read too slowly: the stream says so in a gap of its own.</summary>
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
