using System.Buffers;
using System.CommandLine;
using FileMonitor.Durable;
using FileMonitor.JsonLines;

namespace FileMonitor.Cli;

/// <summary><c>journal export</c>: the events, as the monitor told them.</summary>
internal sealed class JournalExportCommand
{
    private const int FlushAt = 48 * 1024;

    private readonly Argument<string> _directory = JournalCommand.Directory();
    private readonly Option<DateTimeOffset?> _from = Values.Time("--from", "Only events that were told then or later. [default: from the first]");
    private readonly Option<DateTimeOffset?> _to = Values.Time("--to", "Only events that were told before. [default: to the last]");

    private readonly Option<AuditEventKind[]> _kind = Values.SomeOf<AuditEventKind>("--kind", "KIND[,KIND]", "Only events of these kinds. May be repeated.");
    private readonly Option<OutputFormat?> _format = Values.OneOf("--format", OutputFormat.Jsonl, "Lines for a person, with times of UTC, or the JSON objects as the monitor told them.");

    public static Command Create(StandardStreams streams)
    {
        var export = new JournalExportCommand();
        var command = new Command("export", "Print the events, one JSON object per line, as the monitor told them. Verify the journal before you believe them.") { export._directory, export._from, export._to, export._kind, export._format };
        command.SetAction((parsed, _) => JournalCommand.RunAsync(() => ValueTask.FromResult(export.Run(parsed, streams))));
        return command;
    }

    private int Run(ParseResult parsed, StandardStreams streams)
    {
        var lines = AuditJournal.ReadEvents(parsed.GetRequiredValue(_directory), parsed.GetValue(_from), parsed.GetValue(_to));
        var kinds = parsed.GetValue(_kind) ?? [];
        if (parsed.GetValue(_format) == OutputFormat.Text)
        {
            using var text = streams.CreateText();
            var line = new EventLine(Terminal.None.CreateWriter(text), JournalReportText.UtcTime.Instance, JournalReportText.TimeFormat, manyRoots: true, showsBefore: true);
            foreach (var auditEvent in lines.Select(Parse).OfType<AuditEvent>().Where(IsWanted))
            {
                line.Write(auditEvent);
            }

            return ExitCode.Done;
        }

        return WriteLines(kinds.Length == 0 ? lines : lines.Where(line => Parse(line) is { } auditEvent && IsWanted(auditEvent)), streams);

        bool IsWanted(AuditEvent auditEvent) => kinds.Length == 0 || kinds.Contains(auditEvent.Kind);
    }

    // A line of a later version may be of a kind that this one does not know.
    private static AuditEvent? Parse(ReadOnlyMemory<byte> line) => AuditEventJson.TryParse(line.Span.TrimEnd((byte)'\n'), out var auditEvent) ? auditEvent : null;

    private static int WriteLines(IEnumerable<ReadOnlyMemory<byte>> lines, StandardStreams streams)
    {
        var buffer = new ArrayBufferWriter<byte>(FlushAt * 2);
        try
        {
            foreach (var line in lines)
            {
                buffer.Write(line.Span);
                if (buffer.WrittenCount >= FlushAt)
                {
                    Flush();
                }
            }
        }
        finally
        {
            // What stands before a damage is told.
            Flush();
        }

        return ExitCode.Done;

        void Flush()
        {
            streams.Output.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }
    }
}
