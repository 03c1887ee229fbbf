using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace FileMonitor.Cli;

/// <summary>The commands. Each run ends with an exit code, and with at most one line about an error.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, StandardStreams streams)
    {
        // No response files: `@` begins a path like any other character.
        var parsed = Commands(streams).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            var errors = parsed.Errors.Select(error => error.Message);
            return Refuse(streams, parsed.CommandResult.Command is RootCommand ? errors.Append("Use watch, hash or journal; filemonitor --help says what they do.") : errors);
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

    private static RootCommand Commands(StandardStreams streams)
    {
        var root = new RootCommand("Tells what happens to files, once per change, with a checksum of bytes that were really there.")
        {
            HelpName = "filemonitor",
        };
        root.Add(WatchCommand.Create(streams));
        root.Add(HashCommand.Create(streams));
        root.Add(JournalCommand.Create(streams));
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
                _ when command is not RootCommand => JournalCommand.MoreHelp,
                _ => WatchCommand.Examples + HashCommand.Examples,
            });
            return code;
        }
    }
}
