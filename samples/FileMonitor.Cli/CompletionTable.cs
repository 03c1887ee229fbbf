using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;

namespace FileMonitor.Cli;

/// <summary>What stands behind an option, or as an argument.</summary>
internal enum CompletedValue
{
    /// <summary>The option has no value.</summary>
    None,

    /// <summary>Something of the user's own: a number, a pattern, a moment.</summary>
    Anything,

    /// <summary>One of some words.</summary>
    Words,

    /// <summary>A file, or a directory on the way to it.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A program; what follows is its own.</summary>
    Program,
}

/// <summary>One option for the scripts.</summary>
internal sealed record CompletedOption(IReadOnlyList<string> Names, string Description, CompletedValue Value, IReadOnlyList<string> Words);

/// <summary>One command for the scripts: the words that lead to it, empty for the root, and what may follow.</summary>
internal sealed record CompletedCommand(
    IReadOnlyList<string> Path, IReadOnlyList<(string Name, string Description)> Subcommands, IReadOnlyList<CompletedOption> Options, CompletedValue Arguments, IReadOnlyList<string> ArgumentWords);

/// <summary>The commands and their options, as the parser has them, in the form that the scripts need.</summary>
internal static class CompletionTable
{
    /// <summary>All commands, each before those below it.</summary>
    public static IReadOnlyList<CompletedCommand> Of(RootCommand root) => [.. Below(root, [])];

    private static IEnumerable<CompletedCommand> Below(Command command, string[] path)
    {
        var arguments = command.Arguments.SelectMany(argument => argument.GetCompletions(CompletionContext.Empty)).Select(item => item.Label).ToList();
        var first = command.Arguments.FirstOrDefault();
        var options = command.Options.Where(option => option is not VersionOption || command is RootCommand).Select(Of).ToList();
        if (!options.Any(option => option.Names.Contains("--help")))
        {
            options.Add(Of(new HelpOption()));
        }

        yield return new CompletedCommand(
            path,
            [.. command.Subcommands.Select(one => (one.Name, Short(one.Description)))],
            options,
            arguments.Count > 0 ? CompletedValue.Words
                : first?.Name switch { "PATH" => CompletedValue.File, "STATEDIR" => CompletedValue.Directory, _ => CompletedValue.Anything },
            arguments);
        foreach (var deeper in command.Subcommands.SelectMany(one => Below(one, [.. path, one.Name])))
        {
            yield return deeper;
        }
    }

    private static CompletedOption Of(Option option)
    {
        var words = option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool) ? [] : option.GetCompletions(CompletionContext.Empty).Select(item => item.Label).ToList();
        var value = option is HelpOption or VersionOption || option.ValueType == typeof(bool) ? CompletedValue.None
            : words.Count > 0 ? CompletedValue.Words
            : option.HelpName switch
            {
                "FILE" => CompletedValue.File,
                "DIR" => CompletedValue.Directory,
                _ when option.Name == ExecArguments.Option => CompletedValue.Program,
                _ => CompletedValue.Anything,
            };
        return new CompletedOption([option.Name, .. option.Aliases.Where(alias => alias is not ("/?" or "/h"))], Short(option.Description), value, words);
    }

    // The first sentence, without the range and the default.
    private static string Short(string? description)
    {
        var text = description ?? "";
        var end = text.IndexOfAny(['[', '\n']);
        text = (end < 0 ? text : text[..end]).Trim();
        var sentence = text.IndexOf(". ", StringComparison.Ordinal);
        return (sentence < 0 ? text : text[..sentence]).TrimEnd('.');
    }
}
