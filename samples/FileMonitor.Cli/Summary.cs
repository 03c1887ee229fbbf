using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>What a whole watch came to, in a few lines.</summary>
internal sealed class Summary(TimeProvider time)
{
    private readonly long[] _kinds = new long[Enum.GetValues<AuditEventKind>().Length];
    private readonly long _started = time.GetTimestamp();

    private long _gaps;

    public void Count(AuditEvent auditEvent)
    {
        _kinds[(int)auditEvent.Kind]++;

        // A closed one was counted when it was opened.
        _gaps += auditEvent is { Kind: AuditEventKind.Gap, GapPhase: not GapPhase.Closed } ? 1 : 0;
    }

    public void Write(TextWriter text, MonitorHealth health)
    {
        var c = health.Counters;
        var kinds = Enum.GetValues<AuditEventKind>().Where(kind => _kinds[(int)kind] > 0).Select(kind => Invariant($"{kind} {_kinds[(int)kind]:n0}"));
        var seconds = time.GetElapsedTime(_started).TotalSeconds;
        text.Write(Invariant($"Watched for {seconds:n1} s with {health.Source}. Events: {_kinds.Sum():n0}"));
        text.Write($"{(_kinds.Sum() == 0 ? "" : " (" + string.Join(", ", kinds) + ")")}.\n");
        text.Write(Invariant($"Hints: {c.Received:n0} received = {c.Coalesced:n0} coalesced + {c.Ignored:n0} ignored + {c.Suppressed:n0} suppressed"));
        text.Write(Invariant($" + {c.Emitted:n0} emitted + {c.Pending:n0} pending + {c.Lost:n0} lost ({(c.Balances ? "balances" : "DOES NOT BALANCE")}).\n"));
        text.Write(Invariant($"Checksums: {c.ChecksumFiles:n0} files, {ByteSize.Format(c.ChecksumBytes)}. Gaps: {_gaps:n0}, {health.OpenGaps.Count:n0} of them open.\n"));
        foreach (var gap in health.OpenGaps)
        {
            text.Write(TerminalText.Neutralise(Invariant($"Open: gap #{gap.Number}, {gap.Cause}, {QuotedText.Quote(Path.Join(gap.Root, gap.RelativePath))}: {gap.Detail}")) + "\n");
        }

        foreach (var root in health.Roots.Where(root => !root.IsAvailable))
        {
            text.Write($"Lost: {TerminalText.Neutralise($"{QuotedText.Quote(root.Path)}: {root.Problem}")}\n");
        }

        foreach (var degradation in health.Degradations)
        {
            text.Write($"Degraded: {TerminalText.Neutralise(degradation)}\n");
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
