using System.Buffers;
using System.CommandLine;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <summary><c>journal export</c>: the events, as the monitor told them.</summary>
internal sealed class JournalExportCommand
{
    private const int FlushAt = 48 * 1024;

    private readonly Argument<string> _directory = JournalCommand.Directory();
    private readonly Option<DateTimeOffset?> _from = Values.Time("--from", "Only events that were told then or later. [default: from the first]");
    private readonly Option<DateTimeOffset?> _to = Values.Time("--to", "Only events that were told before. [default: to the last]");

    public static Command Create(StandardStreams streams)
    {
        var export = new JournalExportCommand();
        var command = new Command("export", "Print the events, one JSON object per line, as the monitor told them. Verify the journal before you believe them.") { export._directory, export._from, export._to };
        command.SetAction((parsed, _) => JournalCommand.RunAsync(() => ValueTask.FromResult(export.Run(parsed, streams))));
        return command;
    }

    private int Run(ParseResult parsed, StandardStreams streams)
    {
        var buffer = new ArrayBufferWriter<byte>(FlushAt * 2);
        try
        {
            foreach (var line in AuditJournal.ReadEvents(parsed.GetRequiredValue(_directory), parsed.GetValue(_from), parsed.GetValue(_to)))
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
