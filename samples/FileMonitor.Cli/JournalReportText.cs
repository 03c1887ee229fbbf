using System.Globalization;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <summary>A report as lines for a person, with times of UTC. Whatever comes from the journal is quoted: it may have been written by anybody.</summary>
internal sealed class JournalReportText(TextWriter text, JournalReport report, bool listsEvents)
{
    public const string TimeFormat = "yyyy-MM-dd HH:mm:ss.fff'Z'";

    private readonly EventLine _line = new(Terminal.None.CreateWriter(text), UtcTime.Instance, TimeFormat, manyRoots: true, showsBefore: true);
    private readonly Dictionary<Guid, long> _accepted = Accepted(report);

    public void Write()
    {
        var verified = report.Verification;
        Line($"Journal     {(verified.Origin.Length == 0 ? "unknown" : QuotedText.Quote(verified.Origin))}");
        Line($"Verdict     {TerminalText.Neutralise(JournalVerifyCommand.Describe(verified))}");
        Line($"Period      {(report.From is { } from ? Format(from) : "the begin of the journal")} to {(report.To is { } to ? Format(to) : "its end")}");
        Line(report.FirstRecord is null
            ? "Records     none"
            : $"Records     {report.FirstRecord} to {report.LastRecord}, {Format(report.FirstAt)} to {Format(report.LastAt)}{(report.UnknownRecords == 0 ? "" : $"; {report.UnknownRecords} of a kind that is not known")}");
        WriteScopes();
        WriteRuns();
        WriteEvents();
        WriteAcceptances();
        if (listsEvents)
        {
            WriteAllEvents();
        }

        Line("");
        Line("Checkpoint");
        foreach (var line in (verified.Checkpoint?.Note ?? "none").TrimEnd('\n').Split('\n'))
        {
            Line($"  {TerminalText.Neutralise(line)}");
        }
    }

    private void WriteScopes()
    {
        Head("Scope", report.Scopes.Count);
        foreach (var scope in report.Scopes)
        {
            Line($"  since {Format(scope.Since)}");
            foreach (var root in scope.Roots)
            {
                Line($"    {QuotedText.Quote(root.Path)}{(root.Recursive ? "" : "  without subdirectories")}{Patterns("include", root.Include)}{Patterns("ignore", root.Ignore)}");
            }
        }
    }

    private void WriteRuns()
    {
        Head("Runs", report.Runs.Count);
        foreach (var run in report.Runs)
        {
            var end = run.End switch
            {
                JournalRunEnd.Stopped => "stopped",
                JournalRunEnd.Abandoned => "ended without a stop; its last record",
                _ => "not stopped; its last record",
            };
            Line($"  {(run.StartedAt is null ? "before the first record" : Format(run.StartedAt))} to {Format(run.EndedAt)}  {end}{(run.ProcessId is { } id ? $"  pid {id}" : "")}{(run.Version is { } version ? $"  version {QuotedText.Quote(version)}" : "")}");
            if (run.Recovery is { } recovery)
            {
                Line($"    recovered: {QuotedText.Quote(recovery)}");
            }
        }

        Head("Not watched", report.Pauses.Count);
        foreach (var pause in report.Pauses)
        {
            var what = pause.Reason switch
            {
                JournalPauseReason.NotConfigured => $"  {QuotedText.Quote(pause.Root!)} was not configured",
                JournalPauseReason.RootLost => $"  {QuotedText.Quote(pause.Root!)} was lost",
                _ => "",
            };
            Line($"  {Format(pause.From)} to {(pause.To is null ? "now, or the end of the period" : Format(pause.To))}{what}");
        }

        Head("Watched for the first time (nothing is known of the time before)", report.FirstWatched.Count);
        foreach (var first in report.FirstWatched)
        {
            var part = first.Part switch
            {
                JournalFirstWatchedPart.NewlyCovered => "  what other patterns left out before, if anything",
                JournalFirstWatchedPart.ExtendedAttributes => "  access control lists, capabilities and other extended attributes",
                _ => "",
            };
            Line($"  since {Format(first.At)}  {QuotedText.Quote(first.Root)}{part}");
        }
    }

    private void WriteEvents()
    {
        Head("Events", report.Counts.Sum(count => count.Count));
        foreach (var count in report.Counts)
        {
            Line($"  {count.Kind,-18} {count.Origin,-10} {count.Count}");
        }

        Head("Differences found at a start (Offline)", report.OfflineCount);
        foreach (var difference in report.Offline)
        {
            text.Write(string.Create(CultureInfo.InvariantCulture, $"  {difference.Id}  {(_accepted.TryGetValue(difference.Id, out var record) ? $"accepted in record {record}" : "not accepted")}  "));
            _line.Write(difference);
        }

        Untold(report.OfflineCount - report.Offline.Count);
        Head("Gaps open at the end", report.OpenGapCount);
        foreach (var gap in report.OpenGaps)
        {
            text.Write($"  {gap.Id}  ");
            _line.Write(gap);
        }

        Untold(report.OpenGapCount - report.OpenGaps.Count);
    }

    private void WriteAllEvents()
    {
        Head("All events", report.Counts.Sum(count => count.Count));
        foreach (var auditEvent in report.Events)
        {
            text.Write($"  {auditEvent.Id}  ");
            _line.Write(auditEvent);
        }
    }

    private void WriteAcceptances()
    {
        Head("Accepted", report.Acceptances.Count);
        foreach (var accepted in report.Acceptances)
        {
            Line($"  record {accepted.Record}  {Format(accepted.At)}  {QuotedText.Quote(accepted.Who)}  {QuotedText.Quote(accepted.Why)}{(accepted.Ticket is { } ticket ? $"  ticket {QuotedText.Quote(ticket)}" : "")}");
            foreach (var id in accepted.Events)
            {
                Line($"    {id}");
            }
        }
    }

    private void Head(string name, long count) => Line($"\n{name}: {(count == 0 ? "none" : count.ToString(CultureInfo.InvariantCulture))}");

    private void Untold(long count)
    {
        if (count > 0)
        {
            Line($"  and {count} more, which are not listed");
        }
    }

    private void Line(string line) => text.Write(line + "\n");

    private static string Patterns(string name, IReadOnlyList<string> patterns) =>
        patterns.Count == 0 ? "" : $"  {name} {string.Join(", ", patterns.Select(pattern => QuotedText.Quote(pattern, ",")))}";

    private static string Format(DateTimeOffset? time) => time is { } known ? known.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture) : "?";

    /// <summary>The record that accepts each event: the first one.</summary>
    private static Dictionary<Guid, long> Accepted(JournalReport report)
    {
        var accepted = new Dictionary<Guid, long>();
        foreach (var acceptance in report.Acceptances)
        {
            foreach (var id in acceptance.Events)
            {
                accepted.TryAdd(id, acceptance.Record ?? 0);
            }
        }

        return accepted;
    }

    /// <summary>Times of UTC, as an auditor compares them with those of other machines.</summary>
    internal sealed class UtcTime : TimeProvider
    {
        public static UtcTime Instance { get; } = new();

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}
