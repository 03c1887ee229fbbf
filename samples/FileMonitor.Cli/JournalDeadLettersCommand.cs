using System.Buffers;
using System.CommandLine;
using System.Globalization;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <summary><c>journal dead-letters</c>: the events that handlers of a host failed to handle.</summary>
internal sealed class JournalDeadLettersCommand
{
    private readonly Argument<string> _directory = JournalCommand.Directory();
    private readonly Option<OutputFormat?> _format = Values.OneOf("--format", OutputFormat.Text, "Lines for a person, or one JSON object per line.");

    public static Command Create(StandardStreams streams)
    {
        var letters = new JournalDeadLettersCommand();
        var command = new Command("dead-letters", "Print the events that handlers failed to handle, as often as they were tried.") { letters._directory, letters._format };
        command.SetAction((parsed, _) => JournalCommand.RunAsync(() => letters.RunAsync(parsed, streams)));
        return command;
    }

    private async ValueTask<int> RunAsync(ParseResult parsed, StandardStreams streams)
    {
        IReadOnlyDictionary<string, IReadOnlyList<DeadLetter>> all;
        try
        {
            all = DurableDeadLetters.Read(parsed.GetRequiredValue(_directory));
        }
        catch (InvalidDataException damaged)
        {
            throw new IOException(damaged.Message, damaged);
        }

        if (parsed.GetValue(_format) == OutputFormat.Jsonl)
        {
            WriteJson(streams.Output, all);
            return ExitCode.Done;
        }

        await using var text = streams.CreateText();
        foreach (var (handler, letters) in all)
        {
            foreach (var letter in letters)
            {
                var time = letter.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                await text.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{time}  {handler}  {letter.Event.Id}  {letter.Event.Kind}  {QuotedText.Quote(letter.Event.Path)}  {Counted.Of(letter.Attempts, "attempt")}  {TerminalText.Neutralise(letter.Error)}"));
            }
        }

        return ExitCode.Done;
    }

    private static void WriteJson(Stream output, IReadOnlyDictionary<string, IReadOnlyList<DeadLetter>> all)
    {
        var line = new ArrayBufferWriter<byte>();
        foreach (var (handler, letters) in all)
        {
            foreach (var letter in letters)
            {
                DurableDeadLetters.WriteLine(line, handler, letter);
                output.Write(line.WrittenSpan);
                line.ResetWrittenCount();
            }
        }
    }
}
