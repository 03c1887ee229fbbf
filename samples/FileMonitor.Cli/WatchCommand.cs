using System.CommandLine;

namespace FileMonitor.Cli;

/// <summary>The command <c>watch</c>: its options, and their translation into the library's options.</summary>
internal sealed partial class WatchCommand
{
    public const string Examples = """
        Examples:
          filemonitor watch /srv/inbox
          filemonitor watch . --ignore '**/node_modules' --ignore '*.tmp' --quiet-period 100
          filemonitor watch /etc /usr/local/bin --baseline --format jsonl > audit.jsonl
          filemonitor watch /etc --source fanotify
          filemonitor watch /mnt/share --source polling --wait-for-roots --verify
          filemonitor watch /etc --state /var/lib/filemonitor/etc
          filemonitor watch /etc --state /var/lib/filemonitor/etc --anchor /mnt/audit/etc.checkpoints --retention 365
          filemonitor watch /etc/app/config.json --file --wait-for-roots
          filemonitor watch /srv/inbox --report-when closed --kind created,renamed --exec ./ingest --queue orders
          filemonitor watch src --once --kind modified && make
          filemonitor watch /srv/inbox --report-when closed --kind created,renamed -0 | xargs -0 -n 1 ./ingest

        """;

    // The library's limit for durations; its own message is not in milliseconds.
    private const long Hour = 3_600_000;
    private const long Day = 24 * Hour;
    private const long VerifyTimeout = 60_000;
    private const long MostDays = 36_500;

    private static readonly FileMonitorOptions Defaults = new();

    private readonly IReadOnlyList<string> _execArguments;

    private readonly Argument<string[]> _paths = new("PATH") { Description = "Directories and files to watch, none inside another. Of a file, what its path leads to through links is watched.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<WatchFormat?> _format = Values.OneOf("--format", WatchFormat.Text, "Lines for a person, or one JSON object per line: as the library has it, or as ECS, OCSF or CloudEvents.");
    private readonly Option<bool> _null = Values.Flag("--null", "Print only the whole path of each event that is about a file or directory, with a zero byte behind it, for xargs -0; gap, rootlost and rootrestored go to standard error. Stands in the place of --format.", "-0");
    private readonly Option<AuditEventKind[]> _kind = Values.SomeOf<AuditEventKind>("--kind", "KIND[,KIND]", "Print, or run --exec for, events of these kinds only. May be repeated.");
    private readonly Option<bool> _once = Values.Flag("--once", "End with the first event that is printed, or that --exec was run for.");
    private readonly Option<string?> _exec = new(ExecArguments.Option) { HelpName = "CMD [ARG...]", Description = "Run CMD for each event, in order and one at a time, without a shell, with the event as one JSON object on its standard input. Must be the last option: all that follows belongs to CMD. Events are then printed only with --format or -0. [default: none]" };
    private readonly Option<long?> _quietPeriod = Values.Number("--quiet-period", "MS", least: 0, Hour, Milliseconds(Defaults.Debounce.QuietPeriod), "Report a path once nothing was heard of it for this long.");
    private readonly Option<long?> _maxDelay = Values.Number("--max-delay", "MS", least: 0, Hour, $"{Milliseconds(Defaults.Debounce.MaxDelay)}, or the quiet period if that is longer", "But at the latest after this long; at least the quiet period.");
    private readonly Option<long?> _finishedDelay = Values.Number("--finished-delay", "MS", least: 0, Hour, Milliseconds(Defaults.Debounce.FinishedDelay), "Once whoever wrote a file has closed it, wait this long instead of a longer quiet period (inotify, fanotify).");
    private readonly Option<ReportWhen?> _reportWhen = Values.OneOf("--report-when", ReportWhen.Quiet, "quiet: report a new or changed file when nothing was heard of it for the quiet period. closed: not before nobody has it open for writing.");
    private readonly Option<long?> _maxHold = Values.Number("--max-hold", "MS", least: 100, 7 * Day, Milliseconds(Defaults.Debounce.MaxHold), "With --report-when closed, report a file that somebody keeps open after this long, as it is.");
    private readonly Option<string[]> _include = new("--include") { HelpName = "GLOB", Description = "Report only files that match. May be repeated. [default: all files]" };
    private readonly Option<string[]> _ignore = new("--ignore") { HelpName = "GLOB", Description = "Leave out files and directories that match; wins over --include. May be repeated. [default: none]" };
    private readonly Option<bool> _noRecursive = Values.Flag("--no-recursive", "Watch what is directly in a directory, and nothing below its subdirectories.");
    private readonly Option<bool> _attributes = Values.Flag("--attributes", "Also report, as attributeschanged, what changed besides the content: mode, owner, times, flags, access list, capabilities, label, other extended attributes; before and after. " + FormattableString.Invariant($"The kernel gives no hint of chattr: flags are told by the periodic comparison, up to {Defaults.Recovery.ReconcileInterval.TotalMinutes} minutes later and without who made the change."));
    private readonly Option<string[]> _diff = new("--diff") { HelpName = "GLOB", Description = "Show what changed in small text files that match, as a unified diff. Files with names that are usual for secrets are left out. May be repeated. [default: none]" };
    private readonly Option<bool> _noChecksum = Values.Flag("--no-checksum", "Do not read files; tell a change by size and time.");
    private readonly Option<long?> _maxFileSize = Values.Number("--max-file-size", "BYTES", least: 0, long.MaxValue, "no limit", "Do not hash files above this size.");
    private readonly Option<ChangeSourceKind?> _source = Values.OneOf("--source", Defaults.Source, "How changes are detected. Where the one that is named cannot be used, the exit code is 2. fanotify (Linux) also says who made each change; it needs the capabilities cap_sys_admin and cap_dac_read_search.");
    private readonly Option<bool> _sourceFallback = Values.Flag("--source-fallback", "Where --source cannot be used, take the next best and say so, instead of ending.");
    private readonly Option<long?> _pollingInterval = Values.Number("--polling-interval", "MS", least: 50, Hour, Milliseconds(Defaults.Polling.Interval), "Pause between two comparisons of a root that is polled; at least 10 times what the last one took.");
    private readonly Option<bool> _file = Values.Flag("--file", "Every PATH is a file, also one that is missing. Without this it is one when a file is there at the start.");
    private readonly Option<bool> _waitForRoots = Values.Flag("--wait-for-roots", "A PATH that is missing, or may not be read, is watched once it can be. Without this it is refused.");
    private readonly Option<bool> _verify = Values.Flag("--verify", "At the end compare what was reported with the disk, checksums included, and name every difference on standard error.");
    private readonly Option<long?> _verifyTimeout = Values.Number("--verify-timeout", "MS", least: 200, Day, $"{VerifyTimeout}", "End the comparison of --verify after this long, and say what was not compared.");
    private readonly Option<long?> _readTimeout = Values.Number("--read-timeout", "MS", least: 100, Day, Milliseconds(Defaults.Checksum.ReadTimeout), "Give up reading one file after this long; others pass it meanwhile.");
    private readonly Option<bool> _baseline = Values.Flag("--baseline", "Report, and hash, what is there at the start.");
    private readonly Option<string?> _readyFile = new("--ready-file") { HelpName = "FILE", Description = "Create this file, with the process id in it, once everything is watched." };

    private readonly Option<bool> _progress = Values.Flag("--progress", "While the start takes stock of what is there, say once a second how far it is; a terminal shows it in any case.");

    private readonly Option<string?> _state = new("--state") { HelpName = "DIR", Description = "Keep a journal of the events, and what is known of the files, in this directory; at the next start tell what changed meanwhile. One for each watch, outside every PATH." };

    private readonly Option<string?> _anchor = new("--anchor") { HelpName = "FILE", Description = "With --state: also append each signed checkpoint to this file, which belongs on another machine. journal verify --anchor compares with it. [default: none]" };
    private readonly Option<long?> _retention = Values.Number("--retention", "DAYS", least: 0, MostDays, "30", "With --state: keep records for at least this long.");

    public static string MoreHelp { get; } = Examples + """

        --source fanotify, as another user than root: a service gets the capabilities from its unit (systemctl edit),
          [Service]
          AmbientCapabilities=CAP_SYS_ADMIN CAP_DAC_READ_SEARCH
        and the native command from its file, in a directory that only root may write:
          setcap cap_sys_admin,cap_dac_read_search=ep /usr/local/bin/filemonitor
        Both together let it read every file of the machine, and setcap gives that to everybody who may run it.

        The first SIGINT, SIGTERM or SIGHUP delivers what was noticed and ends the watch; a second one ends it at once. Under nohup
        SIGHUP stays ignored. Standard output has events and nothing
        else, but for what CMD of --exec prints there; standard error says what is watched, and at the end what the watch came to. A CMD that still runs
        10 seconds after the signal is killed. In jsonl, names that are not UTF-8 are in relativePathBytes. In text, columns are
        two blanks apart, and a name that could be mistaken stands between double quotes, with the escapes of printf '%b'.


        """ + ExitCode.Help(row => row.OfWatch);

    private WatchCommand(IReadOnlyList<string> execArguments) => _execArguments = execArguments;

    /// <summary>The command.</summary>
    /// <param name="streams">What it writes to.</param>
    /// <param name="execArguments">The arguments of the command of <c>--exec</c>, which are no part of what is parsed.</param>
    public static Command Create(StandardStreams streams, IReadOnlyList<string>? execArguments = null)
    {
        var watch = new WatchCommand(execArguments ?? []);
        var command = new Command("watch", "Report what happens to files, and to those below directories.")
        {
            watch._paths, watch._format, watch._null, watch._kind, watch._once, watch._quietPeriod, watch._maxDelay, watch._finishedDelay, watch._reportWhen, watch._maxHold, watch._include, watch._ignore,
            watch._noRecursive, watch._attributes, watch._diff, watch._noChecksum, watch._maxFileSize, watch._source, watch._sourceFallback, watch._pollingInterval, watch._file, watch._waitForRoots,
            watch._verify, watch._verifyTimeout, watch._readTimeout, watch._baseline, watch._readyFile, watch._progress,
            watch._state, watch._anchor, watch._retention, watch._exec,
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
        errors.AddRange(SelectionErrors(parsed));
        var exec = FindExec(parsed, errors);
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

        var output = new WatchOutput
        {
            Format = parsed.GetValue(_format) ?? (exec is null && !parsed.GetValue(_null) ? WatchFormat.Text : null),
            Paths = parsed.GetValue(_null),
            CompleteFiles = parsed.GetValue(_reportWhen) == ReportWhen.Closed,
            Kinds = parsed.GetValue(_kind) ?? [],
            Once = parsed.GetValue(_once),
            Exec = exec,
        };
        return await new Watch(streams, output, options.Source, parsed.GetValue(_readyFile), parsed.GetValue(_verify)) { State = StateOf(parsed), ShowsProgress = parsed.GetValue(_progress) }
            .RunAsync(applied => Apply(parsed, applied), options.Roots.Count > 1 || options.Roots.Any(root => root.IsFile));
    }
}
