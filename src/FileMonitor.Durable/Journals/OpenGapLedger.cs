namespace FileMonitor.Durable.Journals;

/// <summary>
/// Which gaps the events of a journal leave open. Numbers begin again with each run, so a gap of a run before stays open: only the run that opened it could
/// close it. Owned by the report that is made.
/// </summary>
internal sealed class OpenGapLedger
{
    // By run and number, in the order of their opening; one without a number is never closed.
    private readonly OrderedDictionary<(long Run, long Number), AuditEvent> _open = [];
    private long _run;
    private long _unnumbered;

    public long Count => _open.Count;

    public void Started() => _run++;

    public void Add(AuditEvent auditEvent)
    {
        if (auditEvent.Gap is not { } gap)
        {
            return;
        }

        if (gap.Phase == GapPhase.Opened)
        {
            _open[(_run, gap.Number ?? --_unnumbered)] = auditEvent;
        }
        else if (gap.Number is { } number)
        {
            _open.Remove((_run, number));
        }
    }

    public IReadOnlyList<AuditEvent> First(int most) => [.. _open.Values.Take(most)];
}
