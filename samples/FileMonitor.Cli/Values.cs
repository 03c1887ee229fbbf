using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace FileMonitor.Cli;

/// <summary>Options whose error messages name the option, the value and the way out.</summary>
internal static class Values
{
    /// <summary>A number with its limits. The help states them and the default.</summary>
    public static Option<long?> Number(string name, string unit, long least, long most, string byDefault, string description) => new(name)
    {
        HelpName = unit,
        Description = $"{description} [from {Range(least, most)}; default: {byDefault}]",
        CustomParser = result => ParseNumber(result, name, least, most),
    };

    /// <summary>A moment: a date, or a date and a time of day, of the zone that it names or of this machine's.</summary>
    public static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        HelpName = "TIME",
        Description = description,
        CustomParser = result => ParseTime(result, name),
    };

    /// <summary>A word. The help states the default as it is typed; without the option the value is null.</summary>
    public static Option<T?> OneOf<T>(string name, T byDefault, string description)
        where T : struct, Enum => Completed<Option<T?>, T>(new(name)
        {
            HelpName = string.Join('|', NamesOf<T>()),
            Description = $"{description} [default: {NameOf(byDefault.ToString())}]",
            CustomParser = result => ParseName<T>(result, name, result.Tokens[0].Value),
        });

    /// <summary>Words, with a comma between two; the option may be repeated. Without it the value is empty.</summary>
    public static Option<T[]> SomeOf<T>(string name, string helpName, string description)
        where T : struct, Enum => Completed<Option<T[]>, T>(new(name)
        {
            HelpName = helpName,
            Description = $"{description} [any of {string.Join(' ', NamesOf<T>())}; default: all]",
            DefaultValueFactory = _ => [],
            CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',')).Select(word => ParseName<T>(result, name, word)).OfType<T>()],
        });

    /// <summary>The word that stands for a value on the command line.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => NameOf(value.ToString());

    /// <summary>
    /// Words before <c>--</c> that look like options and were parsed as paths. <c>watch . --basline</c> must not fail with "does not exist", and
    /// <c>hash --jobs 4</c> must not start.
    /// </summary>
    public static IEnumerable<string> UnknownOptions(ParseResult parsed, Argument<string[]> paths)
    {
        var taken = parsed.GetResult(paths)?.Tokens ?? [];
        return parsed.Tokens
            .TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token.Value is ['-', _, ..] && taken.Any(path => ReferenceEquals(path, token)))
            .Select(token => NearestOption(token.Value, parsed.CommandResult.Command) is { } meant
                ? $"{token.Value} is no option, did you mean {meant}? A PATH that begins with a dash stands after --."
                : $"{token.Value} is no option; a PATH that begins with a dash stands after --.");

    }

    /// <summary>Values of options that have none: <c>--attributes=yes</c> would be the option and a PATH of the name <c>yes</c>.</summary>
    public static IEnumerable<string> GivenToFlags(IReadOnlyList<string> arguments, ParseResult parsed)
    {
        var flags = parsed.CommandResult.Command.Options.Where(option => option.ValueType == typeof(bool)).SelectMany(option => option.Aliases.Append(option.Name)).ToHashSet();
        return arguments.TakeWhile(argument => argument != "--")
            .Where(argument => argument is ['-', ..] && argument.IndexOfAny(['=', ':']) is > 0 and var end && flags.Contains(argument[..end]))
            .Select(argument => $"{argument[..argument.IndexOfAny(['=', ':'])]} takes no value: remove \"{TerminalText.Neutralise(argument[argument.IndexOfAny(['=', ':'])..])}\".");
    }

    /// <summary>An option that is given or not. Nothing behind it belongs to it, also not a PATH that is called <c>true</c>.</summary>
    public static Option<bool> Flag(string name, string description, params string[] aliases) => new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>The option that a word with a slip in it stands for, its value left aside; null for none.</summary>
    public static string? NearestOption(string typed, Command command) => NearestWord.Of(typed.Split('=')[0], command.Options.Select(option => option.Name).Append("--help"));

    private static long? ParseNumber(ArgumentResult result, string name, long least, long most)
    {
        var text = result.Tokens[0].Value;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        result.AddError($"{name} ({text}) is not a whole number from {Range(least, most)}.");
        return null;
    }

    private static DateTimeOffset? ParseTime(ArgumentResult result, string name)
    {
        // One form only: 1/2/2026 is one day here and another one there.
        string[] forms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK"];
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParseExact(text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time))
        {
            return time;
        }

        result.AddError($"{name} ({text}) is no time like 2026-01-31, 2026-01-31T12:00 or 2026-01-31T12:00:00Z.");
        return null;
    }

    private static string Range(long least, long most) => most == long.MaxValue ? $"{least}" : $"{least} to {most}";

    /// <summary>A value by its word; an error, with the nearest word, when there is none of that name.</summary>
    public static T? ParseName<T>(ArgumentResult result, string name, string text)
        where T : struct, Enum
    {
        // By name only: Enum.TryParse would also take the number 1, and "Auto,FileSystemWatcher".
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        result.AddError(NearestWord.Of(text, NamesOf<T>()) is { } meant
            ? $"{name} ({text}) is unknown, did you mean {meant}?"
            : $"{name} ({text}) is unknown; use {string.Join(" or ", NamesOf<T>())}.");
        return null;
    }

    // The words of System.CommandLine are those of the code: Auto, FileSystemWatcher.
    private static TOption Completed<TOption, T>(TOption option)
        where TOption : Option
        where T : struct, Enum
    {
        option.CompletionSources.Clear();
        option.CompletionSources.Add([.. NamesOf<T>()]);
        return option;
    }

    private static IEnumerable<string> NamesOf<T>()
        where T : struct, Enum => Enum.GetNames<T>().Select(NameOf);

    private static string NameOf(string value) => value.ToLowerInvariant();
}
