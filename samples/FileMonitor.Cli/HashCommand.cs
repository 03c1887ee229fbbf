using System.CommandLine;

namespace FileMonitor.Cli;

/// <summary>The command <c>hash</c> and its options.</summary>
internal sealed class HashCommand
{
    public const string Examples = """
          filemonitor hash /srv/inbox > SHA256SUMS && sha256sum --check SHA256SUMS
          filemonitor hash --check SHA256SUMS
          tar -c /srv/inbox | filemonitor hash -
        """;

    private const string StandardInput = "-";

    private static readonly ChecksumOptions Defaults = new();

    private readonly Argument<string[]> _paths = new("PATH") { Description = "Files, and directories with everything below them. A symbolic link named here is followed, one below a directory is not. - is standard input; ./- is a file of that name.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<long?> _concurrency = Values.Number("--concurrency", "N", least: 1, most: 64, $"the number of processors, at most 4; here {Defaults.Concurrency}", "How many files to read at once.");
    private readonly Option<long?> _maxFileSize = Values.Number("--max-file-size", "BYTES", least: 0, long.MaxValue, "no limit", "Leave out files above this size.");
    private readonly Option<OutputFormat?> _format = Values.OneOf("--format", OutputFormat.Text, "Lines like those of sha256sum, or one JSON object per line.");

    private readonly Option<bool> _check = Values.Flag("--check", "Each PATH is a list in the form of sha256sum: compare the files that it names, from the working directory, with it.", "-c");

    public static string MoreHelp { get; } = "Examples:\n" + Examples + """


        Lines are those of sha256sum: a name with a backslash or a line break is escaped, and its line begins with a backslash. Pipes and
        devices are not read, but for standard input: filemonitor hash - < PIPE. A file that could not be hashed is named on standard
        error with the reason; one left out by --max-file-size is named too and is no failure. In jsonl both are also in the output, with
        their status.


        """ + ExitCode.Help(row => row.OfHash);

    public static Command Create(StandardStreams streams)
    {
        var hash = new HashCommand();
        var command = new Command("hash", "Print the SHA-256 of files and trees.") { hash._paths, hash._concurrency, hash._maxFileSize, hash._format, hash._check };
        command.SetAction((parsed, _) => hash.RunAsync(parsed, streams));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, StandardStreams streams)
    {
        var given = parsed.GetRequiredValue(_paths);
        List<string> errors = [.. Values.UnknownOptions(parsed, _paths), .. given.Where(string.IsNullOrEmpty).Select(_ => "A PATH is empty.")];
        if (parsed.GetValue(_check))
        {
            errors.AddRange(new Option[] { _format, _maxFileSize }.Where(option => parsed.GetResult(option) is not null).Select(option => $"{option.Name} has no meaning with --check: remove it."));
        }

        if (errors.Count > 0)
        {
            return CommandLine.Refuse(streams, errors);
        }

        var options = new ChecksumOptions
        {
            MaxFileBytes = parsed.GetValue(_maxFileSize),

            // The user can end the command at any time.
            ReadTimeout = TimeSpan.Zero,
        };
        options.Concurrency = (int?)parsed.GetValue(_concurrency) ?? options.Concurrency;
        using var hasher = new FileHasher(options) { FollowGivenLinks = true };
        try
        {
            if (parsed.GetValue(_check))
            {
                return await new HashCheck(hasher, options.Concurrency, streams).RunAsync(given);
            }

            var listing = new HashListing(streams, parsed.GetValue(_format) ?? OutputFormat.Text, given, () => hasher.BytesRead);
            return await listing.WriteAsync(HashAsync(hasher, given, streams));
        }
        catch (IOException gone) when (StandardStreams.IsReaderGone(gone))
        {
            return ExitCode.ReaderGone;
        }
    }

    // Keeps the order of the command line around standard input: its writer may wait for the results before it.
    private static async IAsyncEnumerable<FileHash> HashAsync(FileHasher hasher, string[] given, StandardStreams streams)
    {
        for (var next = 0; next < given.Length;)
        {
            if (given[next] == StandardInput)
            {
                yield return await hasher.HashStreamAsync(streams.OpenInput(), StandardInput);
                next++;
                continue;
            }

            var input = Array.IndexOf(given, StandardInput, next);
            var end = input < 0 ? given.Length : input;
            await foreach (var hash in hasher.HashTreesAsync(given[next..end]))
            {
                yield return hash;
            }

            next = end;
        }
    }
}
