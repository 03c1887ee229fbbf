using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace FileMonitor.Cli;

/// <summary>The commands. Each run ends with an exit code, and with at most one line about an error.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, StandardStreams streams)
    {
        // What stands behind --exec belongs to another command, whatever it looks like.
        var (own, execArguments) = ExecArguments.Split(arguments);
        var isForHelp = own is ["help", ..];
        if (isForHelp)
        {
            own = [.. own.Skip(1), "--help"];
        }

        // No response files: `@` begins a path like any other character.
        var parsed = Commands(streams, execArguments).Parse(own, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (Values.GivenToFlags(own, parsed).ToList() is { Count: > 0 } values)
        {
            return Refuse(streams, values);
        }

        if (parsed.Action is ParseErrorAction || (isForHelp && parsed is { CommandResult.Command.Subcommands.Count: > 0, UnmatchedTokens.Count: > 0 }))
        {
            return Refuse(streams, Errors(parsed));
        }

        // For help and version; the commands write to the stream below it.
        var text = streams.CreateText();
        try
        {
            // Signals are ours (StopSignals), exceptions become one line here.
            var code = await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = text,
                Error = streams.Error,
            });
            await text.FlushAsync();
            return code;
        }
        catch (Exception failure)
        {
            streams.Complain(failure.Message);
            return ExitCode.Failed;
        }
    }

    /// <summary>One line with everything that is wrong.</summary>
    public static int Refuse(StandardStreams streams, IEnumerable<string> errors)
    {
        streams.Complain(string.Join(' ', errors));
        return ExitCode.BadArguments;
    }

    private static IEnumerable<string> Errors(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var subcommands = command.Subcommands.Select(one => one.Name).ToList();
        if (subcommands.Count > 0)
        {
            var use = $"use {string.Join(", ", subcommands[..^1])} or {subcommands[^1]}; {NameOf(command)} --help says what they do.";
            return [parsed.UnmatchedTokens is not [var typed, ..] ? $"No command is named; {use}"
                : typed.StartsWith('-') ? Unknown(typed, "option", Values.NearestOption(typed, command), use)
                : Unknown(typed, "command", NearestWord.Of(typed, subcommands), use)];
        }

        var byParser = parsed.UnmatchedTokens.Distinct().ToDictionary(token => $"Unrecognized command or argument '{token}'.", token => token);
        return parsed.Errors.Select(error => byParser.TryGetValue(error.Message, out var token) && token.StartsWith('-')
            ? Unknown(token, "option", Values.NearestOption(token, command), $"{NameOf(command)} --help names them.")
            : Missing(error, command) ?? error.Message);
    }

    // The parser's words name no way out.
    private static string? Missing(ParseError error, Command command) => error.SymbolResult switch
    {
        ArgumentResult { Tokens.Count: 0, Parent: OptionResult option } => Missing(option, command),
        OptionResult { Tokens.Count: 0 } option => Missing(option, command),
        ArgumentResult { Tokens.Count: 0, Argument: { Arity.MinimumNumberOfValues: > 0 } argument } =>
            $"{NameOf(command)["filemonitor ".Length..]} needs {(argument.Arity.MaximumNumberOfValues > 1 ? "at least one " : "")}{argument.Name}; {NameOf(command)} --help says what that is.",
        _ => null,
    };

    private static string Missing(OptionResult option, Command command) => option.IdentifierToken is null
        ? $"{NameOf(command)["filemonitor ".Length..]} needs {option.Option.Name} {option.Option.HelpName}."
        : $"{option.Option.Name} needs a value ({option.Option.HelpName}).";

    private static string Unknown(string typed, string what, string? meant, string otherwise) =>
        meant is null ? $"{typed} is no {what}; {otherwise}" : $"{typed} is no {what}, did you mean {meant}?";

    private static string NameOf(Command command) =>
        command is RootCommand ? "filemonitor" : $"{NameOf((Command)command.Parents.First())} {command.Name}";

    /// <summary>All commands.</summary>
    /// <param name="streams">What they write to.</param>
    /// <param name="execArguments">The arguments of the command that <c>watch --exec</c> runs.</param>
    public static RootCommand Commands(StandardStreams streams, IReadOnlyList<string> execArguments)
    {
        var root = new RootCommand("Tells what happens to files, once per change, with a checksum of bytes that were really there.")
        {
            HelpName = "filemonitor",
        };
        root.Add(WatchCommand.Create(streams, execArguments));
        root.Add(HashCommand.Create(streams));
        root.Add(JournalCommand.Create(streams));
        root.Add(CompletionCommand.Create(streams, root));
        root.Directives.Clear();
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var code = help.Invoke(parseResult);
            var command = parseResult.CommandResult.Command;
            parseResult.InvocationConfiguration.Output.WriteLine(command.Name switch
            {
                "watch" => WatchCommand.MoreHelp,
                "hash" => HashCommand.MoreHelp,
                CompletionCommand.Name => CompletionCommand.MoreHelp,
                _ when command is not RootCommand => JournalCommand.MoreHelp,
                _ => WatchCommand.Examples + HashCommand.Examples,
            });
            return code;
        }
    }
}
