using System.CommandLine;
using System.Globalization;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <summary><c>journal accept</c>: records that somebody accepts changes.</summary>
internal sealed class JournalAcceptCommand
{
    private readonly Argument<string> _directory = JournalCommand.Directory();
    private readonly Argument<string[]> _ids = new("ID") { Description = "The ids of the events that are accepted.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _who = new("--who") { HelpName = "NAME", Description = "Who accepts them.", Required = true };
    private readonly Option<string> _why = new("--why") { HelpName = "TEXT", Description = "Why.", Required = true };
    private readonly Option<string?> _ticket = new("--ticket") { HelpName = "T", Description = "The number of the change in another system. [default: none]" };

    public static Command Create(StandardStreams streams)
    {
        var accept = new JournalAcceptCommand();
        var command = new Command("accept", "Record in the journal that somebody accepts changes. Not while a monitor has the journal.") { accept._directory, accept._ids, accept._who, accept._why, accept._ticket };
        command.SetAction((parsed, _) => JournalCommand.RunAsync(() => accept.RunAsync(parsed, streams)));
        return command;
    }

    private async ValueTask<int> RunAsync(ParseResult parsed, StandardStreams streams)
    {
        var (who, why, ticket) = (parsed.GetRequiredValue(_who), parsed.GetRequiredValue(_why), parsed.GetValue(_ticket));
        var ids = parsed.GetRequiredValue(_ids);
        if (Errors(ids, who, why, ticket).ToList() is { Count: > 0 } errors)
        {
            return CommandLine.Refuse(streams, errors);
        }

        long record;
        try
        {
            var acceptance = new JournalAcceptance(who, why, [.. ids.Select(id => Guid.ParseExact(id, "D"))], ticket);
            record = await AuditJournal.AcceptAsync(parsed.GetRequiredValue(_directory), acceptance, time: streams.Time);
        }
        catch (DurableStateException inUse)
        {
            streams.Complain(inUse.Message);
            return ExitCode.BadArguments;
        }

        await using var text = streams.CreateText();
        await text.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"accepted: {Counted.Of(ids.Distinct().Count(), "event")} in record {record}\n"));
        return ExitCode.Done;
    }

    private static IEnumerable<string> Errors(string[] ids, string who, string why, string? ticket)
    {
        foreach (var id in ids.Where(id => !Guid.TryParseExact(id, "D", out _)))
        {
            yield return $"ID ({id}) is not the id of an event.";
        }

        if (ids.Length > JournalAcceptance.MostEvents)
        {
            yield return $"{ids.Length} ids are more than {JournalAcceptance.MostEvents}.";
        }

        foreach (var (name, text) in new[] { ("--who", who), ("--why", why), ("--ticket", ticket ?? "-") })
        {
            if (string.IsNullOrWhiteSpace(text) || text.Length > JournalAcceptance.MostCharacters)
            {
                yield return $"{name} is not a text of 1 to {JournalAcceptance.MostCharacters} characters.";
            }
        }
    }
}
