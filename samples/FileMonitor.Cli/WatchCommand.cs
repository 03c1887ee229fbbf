using System.CommandLine;
using System.Globalization;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <summary>The command <c>watch</c>: its options, and their translation into the library's options.</summary>
internal sealed class WatchCommand
{
    public const string Examples = """
        Examples:
          filemonitor watch /srv/inbox
          filemonitor watch . --ignore '**/node_modules' --ignore '*.tmp' --quiet-period 100
          filemonitor watch /etc /usr/local/bin --baseline --format jsonl > audit.jsonl
          filemonitor watch /etc --source fanotify --require-source
          filemonitor watch /mnt/share --source polling --wait-for-roots --verify
          filemonitor watch /etc --state /var/lib/filemonitor/etc
          filemonitor watch /etc --state /var/lib/filemonitor/etc --anchor /mnt/audit/etc.checkpoints --retention 365
          filemonitor watch /etc/app/config.json --file --wait-for-roots

        """;

    // The library's limit for durations; its own message is not in milliseconds.
    private const long Hour = 3_600_000;
    private const long Day = 24 * Hour;
    private const long VerifyTimeout = 60_000;
    private const long MostDays = 36_500;

    private static readonly FileMonitorOptions Defaults = new();

    private readonly Argument<string[]> _paths = new("PATH") { Description = "Directories and files to watch, none inside another. Of a file, what its path leads to through links is watched.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<OutputFormat?> _format = Values.OneOf("--format", OutputFormat.Text, "Lines for a person, or one JSON object per line.");
    private readonly Option<long?> _quietPeriod = Values.Number("--quiet-period", "MS", least: 0, Hour, Milliseconds(Defaults.Debounce.QuietPeriod), "Report a path once nothing was heard of it for this long.");
    private readonly Option<long?> _maxDelay = Values.Number("--max-delay", "MS", least: 0, Hour, $"{Milliseconds(Defaults.Debounce.MaxDelay)}, or the quiet period if that is longer", "But at the latest after this long; at least the quiet period.");
    private readonly Option<long?> _finishedDelay = Values.Number("--finished-delay", "MS", least: 0, Hour, Milliseconds(Defaults.Debounce.FinishedDelay), "Once whoever wrote a file has closed it, wait this long instead of a longer quiet period (inotify, fanotify).");
    private readonly Option<ReportWhen?> _reportWhen = Values.OneOf("--report-when", ReportWhen.Quiet, "Report a new or changed file when it was quiet, or not before nobody has it open for writing.");
    private readonly Option<long?> _maxHold = Values.Number("--max-hold", "MS", least: 100, 7 * Day, Milliseconds(Defaults.Debounce.MaxHold), "With --report-when closed, report a file that somebody keeps open after this long, as it is.");
    private readonly Option<string[]> _include = new("--include") { HelpName = "GLOB", Description = "Report only files that match. May be repeated. [default: all files]" };
    private readonly Option<string[]> _ignore = new("--ignore") { HelpName = "GLOB", Description = "Leave out files and directories that match; wins over --include. May be repeated. [default: none]" };
    private readonly Option<bool> _noChecksum = new("--no-checksum") { Description = "Do not read files; tell a change by size and time." };
    private readonly Option<long?> _maxFileSize = Values.Number("--max-file-size", "BYTES", least: 0, long.MaxValue, "no limit", "Do not sum files above this size.");
    private readonly Option<ChangeSourceKind?> _source = Values.OneOf("--source", Defaults.Source, "Who notices changes; fanotify also says who made them (Linux, as root).");
    private readonly Option<bool> _requireSource = new("--require-source") { Description = "End with exit code 2 where --source cannot be used, instead of taking the next best and saying so." };
    private readonly Option<long?> _pollingInterval = Values.Number("--polling-interval", "MS", least: 50, Hour, Milliseconds(Defaults.Polling.Interval), "Pause between two comparisons of a root that is polled; at least 10 times what the last one took.");
    private readonly Option<bool> _file = new("--file") { Description = "Every PATH is a file, also one that is missing. Without this it is one when a file is there at the start." };
    private readonly Option<bool> _waitForRoots = new("--wait-for-roots") { Description = "A PATH that is missing, or may not be read, is watched once it can be. Without this it is refused." };
    private readonly Option<bool> _verify = new("--verify") { Description = "At the end compare what was reported with the disk, checksums included, and name every difference on standard error." };
    private readonly Option<long?> _verifyTimeout = Values.Number("--verify-timeout", "MS", least: 200, Day, $"{VerifyTimeout}", "End the comparison of --verify after this long, and say what was not compared.");
    private readonly Option<long?> _readTimeout = Values.Number("--read-timeout", "MS", least: 100, Day, Milliseconds(Defaults.Checksum.ReadTimeout), "Give up reading one file after this long; others pass it meanwhile.");
    private readonly Option<bool> _baseline = new("--baseline") { Description = "Report, and sum, what is there at the start." };
    private readonly Option<string?> _readyFile = new("--ready-file") { HelpName = "FILE", Description = "Create this file, with the process id in it, once everything is watched." };

    private readonly Option<string?> _state = new("--state") { HelpName = "DIR", Description = "Keep a journal of the events, and what is known of the files, in this directory; at the next start tell what changed meanwhile. One for each watch, outside every PATH." };

    private readonly Option<string?> _anchor = new("--anchor") { HelpName = "FILE", Description = "With --state: also append each signed checkpoint to this file, which belongs on another machine. journal verify --anchor compares with it. [default: none]" };
    private readonly Option<long?> _retention = Values.Number("--retention", "DAYS", least: 0, MostDays, "30", "With --state: keep records for at least this long.");

    public static string MoreHelp { get; } = Examples + """

        The first SIGINT or SIGTERM delivers what was noticed and ends the watch; a second one ends it at once. Standard output has events and nothing
        else; at the end standard error says what the watch came to. In jsonl, names that are not UTF-8 are in relativePathBytes. In text, columns are
        two blanks apart, and a name that could be mistaken stands between double quotes, with the escapes of printf '%b'.


        """ + ExitCode.Help(row => row.OfWatch);

    public static Command Create(StandardStreams streams)
    {
        var watch = new WatchCommand();
        var command = new Command("watch", "Report what happens to files, and to those below directories.")
        {
            watch._paths, watch._format, watch._quietPeriod, watch._maxDelay, watch._finishedDelay, watch._reportWhen, watch._maxHold, watch._include, watch._ignore,
            watch._noChecksum, watch._maxFileSize, watch._source, watch._requireSource, watch._pollingInterval, watch._file, watch._waitForRoots,
            watch._verify, watch._verifyTimeout, watch._readTimeout, watch._baseline, watch._readyFile,
            watch._state, watch._anchor, watch._retention,
        };
        command.SetAction((parsed, _) => watch.RunAsync(parsed, streams));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, StandardStreams streams)
    {
        var options = new FileMonitorOptions();
        Apply(parsed, options);
        var errors = Values.UnknownOptions(parsed, _paths).ToList();
        if (errors.Count == 0)
        {
            // Not in addition: a misspelled option is among the roots and would be refused a second time.
            errors.AddRange(Errors(options));
        }

        errors.AddRange(StateErrors(parsed));
        if (errors.Count > 0)
        {
            return CommandLine.Refuse(streams, errors);
        }

        // The library would refuse it, too, but with its own option names. .NET finds nothing whose name is not UTF-8; the library checks those.
        if (options.RootsMustExist && options.Roots.FirstOrDefault(root => !PathBytes.AreNotUtf8(root.Path) && !(root.IsFile ? File.Exists(root.Path) : Directory.Exists(root.Path))) is { } missing)
        {
            var name = QuotedText.Quote(missing.Path);
            streams.Complain(missing.IsFile && Directory.Exists(missing.Path) ? $"{name} is a directory; watch it without --file." : $"{name} does not exist.");
            return ExitCode.Failed;
        }

        return await new Watch(streams, parsed.GetValue(_format) ?? OutputFormat.Text, options.Source, parsed.GetValue(_readyFile), parsed.GetValue(_verify)) { State = StateOf(parsed) }
            .RunAsync(applied => Apply(parsed, applied), options.Roots.Count > 1 || options.Roots.Any(root => root.IsFile));
    }

    private IEnumerable<string> StateErrors(ParseResult parsed)
    {
        if (parsed.GetValue(_state) is not { } state)
        {
            return new[] { (Option)_anchor, _retention }.Where(option => parsed.GetResult(option) is not null).Select(option => $"{option.Name} needs --state.");
        }

        return new (string Name, string Path)[] { (_state.Name, state), (_anchor.Name, parsed.GetValue(_anchor) ?? "-") }
            .Where(one => string.IsNullOrWhiteSpace(one.Path))
            .Select(one => $"{one.Name} is empty: name {(one.Name == _state.Name ? "the directory of the state" : "a file")}.");
    }

    private Action<DurableStateOptions>? StateOf(ParseResult parsed)
    {
        if (parsed.GetValue(_state) is not { } directory)
        {
            return null;
        }

        var anchor = parsed.GetValue(_anchor) is { } path ? new FileCheckpointAnchor(path) : null;
        return options =>
        {
            options.Directory = directory;
            options.Anchor = anchor;
            options.Retention = parsed.GetValue(_retention) is { } days ? TimeSpan.FromDays(days) : options.Retention;
        };
    }

    private static IEnumerable<string> Errors(FileMonitorOptions options)
    {
        var debounce = options.Debounce;
        if (options.RequireSource && options.Source == ChangeSourceKind.Auto)
        {
            return ["--require-source needs a --source other than auto, which takes what there is."];
        }

        if (debounce.MaxDelay >= debounce.QuietPeriod)
        {
            // A pattern is in the options of every root, so an error may be repeated.
            return options.GetErrors(NameInCommand).Distinct();
        }

        // In the terms of the command line; the library's sentence about the same two options is not repeated.
        return [$"--max-delay ({debounce.MaxDelay.TotalMilliseconds} ms) is shorter than --quiet-period ({debounce.QuietPeriod.TotalMilliseconds} ms)."];
    }

    private void Apply(ParseResult parsed, FileMonitorOptions options)
    {
        foreach (var path in parsed.GetRequiredValue(_paths).Select(Absolute))
        {
            options.AddRoot(path, root =>
            {
                root.ReportWhen = parsed.GetValue(_reportWhen) ?? root.ReportWhen;
                root.IsFile = parsed.GetValue(_file) || File.Exists(path);
                AddAll(root.Include, parsed.GetValue(_include));
                AddAll(root.Ignore, parsed.GetValue(_ignore));
            });
        }

        var debounce = options.Debounce;
        debounce.QuietPeriod = Milliseconds(parsed.GetValue(_quietPeriod)) ?? debounce.QuietPeriod;

        // A long quiet period alone must not contradict the default maximum delay.
        debounce.MaxDelay = Milliseconds(parsed.GetValue(_maxDelay))
            ?? (debounce.QuietPeriod > debounce.MaxDelay ? debounce.QuietPeriod : debounce.MaxDelay);
        debounce.FinishedDelay = Milliseconds(parsed.GetValue(_finishedDelay)) ?? debounce.FinishedDelay;
        debounce.MaxHold = Milliseconds(parsed.GetValue(_maxHold)) ?? debounce.MaxHold;
        options.Checksum.Enabled = !parsed.GetValue(_noChecksum);
        options.Checksum.MaxFileBytes = parsed.GetValue(_maxFileSize);
        options.Checksum.Baseline = parsed.GetValue(_baseline) && options.Checksum.Enabled;
        options.Report.Baseline = parsed.GetValue(_baseline);
        options.Source = parsed.GetValue(_source) ?? options.Source;
        options.RequireSource = parsed.GetValue(_requireSource);
        options.Polling.Interval = Milliseconds(parsed.GetValue(_pollingInterval)) ?? options.Polling.Interval;
        options.VerifyTimeout = TimeSpan.FromMilliseconds(parsed.GetValue(_verifyTimeout) ?? VerifyTimeout);

        // Part of the same time limit: the comparison waits for the flush before it.
        options.FlushTimeout = options.VerifyTimeout / 2;
        options.Checksum.ReadTimeout = Milliseconds(parsed.GetValue(_readTimeout)) ?? options.Checksum.ReadTimeout;
        options.RootsMustExist = !parsed.GetValue(_waitForRoots);
    }

    // An empty path stays empty: the library reports it.
    private static string Absolute(string path)
    {
        if (path.Length == 0)
        {
            return path;
        }

        if (!Path.IsPathRooted(path) && OperatingSystem.IsLinux() && Environment.CurrentDirectory.Contains('\uFFFD', StringComparison.Ordinal) && !path.Split('/').Contains(".."))
        {
            // .NET cannot name a working directory that is not UTF-8; this link leads to it.
            path = Path.Join("/proc/self/cwd", path);
        }

        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }

    /// <summary>The name on the command line of a library option. Options that the command does not set are never wrong.</summary>
    internal static string NameInCommand(string option) => option switch
    {
        "Debounce.QuietPeriod" => "--quiet-period",
        "Debounce.MaxDelay" => "--max-delay",
        "Debounce.FinishedDelay" => "--finished-delay",
        "Debounce.MaxHold" => "--max-hold",
        "Checksum.MaxFileBytes" => "--max-file-size",
        "Checksum.ReadTimeout" => "--read-timeout",
        "Polling.Interval" => "--polling-interval",
        "FlushTimeout" or "VerifyTimeout" => "--verify-timeout",
        "Source" => "--source",
        "RequireSource" => "--require-source",
        _ when option.Contains("].Include[", StringComparison.Ordinal) => "--include",
        _ when option.Contains("].Ignore[", StringComparison.Ordinal) => "--ignore",
        _ when option.StartsWith("Roots", StringComparison.Ordinal) => "PATH",
        _ => option,
    };

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);

    private static TimeSpan? Milliseconds(long? number) => number is { } value ? TimeSpan.FromMilliseconds(value) : null;

    private static void AddAll(IList<string> patterns, string[]? given)
    {
        foreach (var pattern in given ?? [])
        {
            patterns.Add(pattern);
        }
    }
}
