using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>
/// The summary of a watch, in a few lines on standard error: standard output has only the events, in every format. Counts the events on their
/// way to the next output. Owned like that one.
/// </summary>
internal sealed class Summary(IEventOutput output, StandardStreams streams) : IEventOutput
{
    private readonly long[] _kinds = new long[Enum.GetValues<AuditEventKind>().Length];
    private readonly long _started = streams.Time.GetTimestamp();

    private long _gaps;

    public TimeSpan? RefreshPeriod => output.RefreshPeriod;

    public void Write(AuditEvent auditEvent)
    {
        _kinds[(int)auditEvent.Kind]++;

        // A closed gap was counted when it was opened.
        _gaps += auditEvent.Gap is { Phase: GapPhase.Opened } ? 1 : 0;
        output.Write(auditEvent);
    }

    public void Flush() => output.Flush();

    /// <summary>Called after the last event, when nothing draws on the terminal any more.</summary>
    public void Report(MonitorHealth health)
    {
        var c = health.Counters;
        var kinds = Enum.GetValues<AuditEventKind>().Where(kind => _kinds[(int)kind] > 0).Select(kind => Invariant($"{kind} {_kinds[(int)kind]:n0}"));
        var seconds = streams.Time.GetElapsedTime(_started).TotalSeconds;
        streams.Complain(
            Invariant($"watched for {seconds:n1} s with {health.Source.ToLowerInvariant()}. Events: {_kinds.Sum():n0}")
            + $"{(_kinds.Sum() == 0 ? "" : " (" + string.Join(", ", kinds) + ")")}.");
        streams.Complain(
            Invariant($"hints: {c.Received:n0} received = {c.Coalesced:n0} coalesced + {c.Ignored:n0} ignored + {c.Suppressed:n0} suppressed")
            + Invariant($" + {c.Emitted:n0} emitted + {c.Pending:n0} pending + {c.Lost:n0} lost ({(!c.Balances ? "DOES NOT BALANCE" : health.Store is { IsHoldingBack: true } ? "the events of some that were emitted are held back" : "balances")})."));
        streams.Complain(Invariant($"checksums: {Counted.Of(c.ChecksumFiles, "file")}, {ByteSize.Format(c.ChecksumBytes)}. Gaps: {_gaps:n0}, {health.OpenGaps.Count:n0} of them open."));
        foreach (var gap in health.OpenGaps)
        {
            streams.Complain(Invariant($"open: gap #{gap.Number}, {gap.Cause}, {QuotedText.Quote(Path.Join(gap.Root, gap.RelativePath))}: {CommandWords.Of(gap.Detail)}"));
        }

        foreach (var root in health.Roots.Where(root => !root.IsAvailable))
        {
            streams.Complain($"lost: {QuotedText.Quote(root.Path)}: {root.Problem}");
        }

        if (health.Store?.Problem is { } problem)
        {
            streams.Complain($"degraded: {problem}");
        }

        foreach (var degradation in health.Degradations)
        {
            streams.Complain($"degraded: {degradation}");
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
