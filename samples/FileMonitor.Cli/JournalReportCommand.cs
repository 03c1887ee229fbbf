using System.CommandLine;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <summary>Who reads a report.</summary>
internal enum ReportFormat
{
    /// <summary>A person.</summary>
    Text,

    /// <summary>A program: one JSON object.</summary>
    Json,
}

/// <summary><c>journal report</c>: what the journal says about a period, for an auditor.</summary>
internal sealed class JournalReportCommand
{
    private readonly Argument<string> _directory = JournalCommand.Directory();
    private readonly Option<DateTimeOffset?> _from = Values.Time("--from", "The begin of the period. [default: that of the journal]");
    private readonly Option<DateTimeOffset?> _to = Values.Time("--to", "The end of the period, which is not in it. [default: that of the journal]");
    private readonly Option<ReportFormat?> _format = Values.OneOf("--format", ReportFormat.Text, "Lines for a person, or one JSON object.");
    private readonly Option<bool> _events = Values.Flag("--events", "Also list every event of the period.");
    private readonly Option<string?> _key = JournalCommand.Key();
    private readonly Option<string?> _anchor = JournalCommand.Anchor();
    private readonly Option<string?> _timestamps = JournalCommand.Timestamps();
    private readonly Option<string?> _authority = JournalCommand.Authority();

    public static Command Create(StandardStreams streams)
    {
        var report = new JournalReportCommand();
        var command = new Command("report", "Verify the journal and report what is in it: what was watched and when, what changed, what is open, what was accepted.")
        {
            report._directory, report._from, report._to, report._format, report._events, report._key, report._anchor, report._timestamps, report._authority,
        };
        command.SetAction((parsed, cancellationToken) => JournalCommand.RunAsync(() => report.RunAsync(parsed, streams, cancellationToken)));
        return command;
    }

    private async ValueTask<int> RunAsync(ParseResult parsed, StandardStreams streams, CancellationToken cancellationToken)
    {
        var (path, authority) = (parsed.GetValue(_timestamps), parsed.GetValue(_authority));
        if (JournalCommand.TimestampErrors(path, authority) is [_, ..] errors)
        {
            return CommandLine.Refuse(streams, errors);
        }

        var report = AuditJournal.Report(
            parsed.GetRequiredValue(_directory),
            parsed.GetValue(_from),
            parsed.GetValue(_to),
            JournalCommand.ReadKey(parsed.GetValue(_key)),
            parsed.GetValue(_anchor),
            JournalCommand.ReadTimestamps(path, authority),
            cancellationToken);
        if (parsed.GetValue(_format) == ReportFormat.Json)
        {
            JournalReportJson.Write(streams.Output, report, parsed.GetValue(_events));
        }
        else
        {
            await using var text = streams.CreateText();
            new JournalReportText(text, report, parsed.GetValue(_events)).Write();
        }

        return report.Verification.IsAuthentic ? ExitCode.Done : ExitCode.Differs;
    }
}
