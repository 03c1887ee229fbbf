using System.CommandLine;
using System.Globalization;
using FileMonitor.Durable;
using FileMonitor.Output;

namespace FileMonitor.Cli;

/// <summary><c>journal prove</c>: the proof of one record, and whether a line is what a proof is about.</summary>
internal sealed class JournalProveCommand
{
    // What the library takes as a line and as a proof.
    private const int MostLineBytes = 1024 * 1024;
    private const int MostProofBytes = 4096;

    private readonly Argument<string> _directory = JournalCommand.Directory();
    private readonly Argument<string?> _id = new("ID") { Description = "The id of an event, or the index of a record.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _record = new("--record") { HelpName = "FILE", Description = "Write the line of the record to this file: who has the proof needs it. [default: none]" };
    private readonly Option<string?> _verify = new("--verify") { HelpName = "FILE", Description = "Verify the proof in this file instead of making one: of the record ID, or without ID of the line on standard input. [default: none]" };
    private readonly Option<string?> _key = JournalCommand.Key();

    public static Command Create(StandardStreams streams)
    {
        var prove = new JournalProveCommand();
        var command = new Command("prove", "Print the proof (c2sp.org/tlog-proof@v1) that an event stands in the journal, or verify one.") { prove._directory, prove._id, prove._record, prove._verify, prove._key };
        command.SetAction((parsed, _) => JournalCommand.RunAsync(() => ValueTask.FromResult(prove.Run(parsed, streams))));
        return command;
    }

    private int Run(ParseResult parsed, StandardStreams streams)
    {
        var (directory, id, proofPath) = (parsed.GetRequiredValue(_directory), parsed.GetValue(_id), parsed.GetValue(_verify));
        if (Errors(parsed, id, proofPath).ToList() is { Count: > 0 } errors)
        {
            return CommandLine.Refuse(streams, errors);
        }

        RecordProof? record = null;
        if (id is not null)
        {
            record = Find(directory, id, out var problem);
            if (record is null)
            {
                streams.Complain(problem);
                return ExitCode.Failed;
            }
        }

        if (proofPath is null)
        {
            return Write(streams, record!, parsed.GetValue(_record));
        }

        var line = record?.Line ?? JournalCommand.ReadSmall(streams.OpenInput(), "standard input", MostLineBytes);
        var proof = JournalCommand.ReadSmall(proofPath, MostProofBytes);
        return Verify(streams, AuditJournal.VerifyProof(directory, line.Span, proof, JournalCommand.ReadKey(parsed.GetValue(_key))), proofPath);
    }

    private IEnumerable<string> Errors(ParseResult parsed, string? id, string? proofPath)
    {
        if (id is null && proofPath is null)
        {
            yield return "ID is missing: name an event by its id, or a record by its index.";
        }

        if (id is not null && !IsIndex(id, out _) && !Guid.TryParseExact(id, "D", out _))
        {
            yield return $"ID ({id}) is neither the id of an event nor the index of a record.";
        }

        if (proofPath is null && parsed.GetValue(_key) is not null)
        {
            yield return "--key needs --verify.";
        }

        if (proofPath is not null && parsed.GetValue(_record) is not null)
        {
            yield return "--record makes no sense with --verify.";
        }
    }

    private static RecordProof? Find(string directory, string id, out string problem)
    {
        problem = "";
        if (!IsIndex(id, out var index))
        {
            if (AuditJournal.Find(directory, Guid.ParseExact(id, "D")) is not { } found)
            {
                problem = $"the journal has no event {id}.";
                return null;
            }

            index = found;
        }

        var record = AuditJournal.Prove(directory, index);
        problem = record is null ? string.Create(CultureInfo.InvariantCulture, $"there is no record {index}, or no checkpoint covers it yet; while a monitor is running, the next one is made within 10 s.") : "";
        return record;
    }

    private static int Write(StandardStreams streams, RecordProof record, string? linePath)
    {
        if (linePath is not null)
        {
            OutputFile.Replace(linePath, record.Line.Span);
        }

        streams.Output.Write(record.Proof.Span);
        return ExitCode.Done;
    }

    private static int Verify(StandardStreams streams, long? index, string proofPath)
    {
        if (index is null)
        {
            streams.Complain($"not proved: {QuotedText.Quote(proofPath)} is no proof of that line by a key of this journal.");
            return ExitCode.Differs;
        }

        using var text = streams.CreateText();
        text.Write(string.Create(CultureInfo.InvariantCulture, $"proved: record {index}\n"));
        return ExitCode.Done;
    }

    private static bool IsIndex(string id, out long index) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
