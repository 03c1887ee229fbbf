using System.CommandLine;
using System.Globalization;
using FileMonitor.Durable;

namespace FileMonitor.Cli;

/// <content>What was typed, as options of the library; and what is wrong with it.</content>
internal sealed partial class WatchCommand
{
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
            if (anchor is not null)
            {
                options.Anchors.Add(anchor);
            }

            options.Retention = parsed.GetValue(_retention) is { } days ? TimeSpan.FromDays(days) : options.Retention;
        };
    }

    private IEnumerable<string> SelectionErrors(ParseResult parsed)
    {
        if (parsed.GetValue(_null) && parsed.GetValue(_format) is not null)
        {
            yield return "--null stands in the place of --format: remove one of them.";
        }

        if (parsed.GetValue(_sourceFallback) && parsed.GetValue(_source) is null or ChangeSourceKind.Auto)
        {
            yield return "--source-fallback needs a --source other than auto, which takes what there is.";
        }

        if (parsed.GetResult(_maxHold) is not null && parsed.GetValue(_reportWhen) != ReportWhen.Closed)
        {
            yield return $"{_maxHold.Name} needs {_reportWhen.Name} closed.";
        }

        if (parsed.GetResult(_verifyTimeout) is not null && !parsed.GetValue(_verify))
        {
            yield return $"{_verifyTimeout.Name} needs {_verify.Name}.";
        }

        if (parsed.GetResult(_maxFileSize) is not null && parsed.GetValue(_noChecksum))
        {
            yield return $"{_maxFileSize.Name} has no meaning with {_noChecksum.Name}: remove one of them.";
        }

        var kinds = parsed.GetValue(_kind) ?? [];
        if (parsed.GetValue(_null) && parsed.GetValue(_exec) is null && kinds.Length > 0 && !kinds.Any(PathsOutput.IsAboutItem))
        {
            yield return $"--kind {Values.NameOf(kinds[0])} has no effect with {_null.Name}: such an event is about no file, and has no path to print.";
        }

        foreach (var (kind, option) in new (AuditEventKind Kind, Option<bool> Option)[] { (AuditEventKind.AttributesChanged, _attributes), (AuditEventKind.Baseline, _baseline) })
        {
            if (kinds.Contains(kind) && !parsed.GetValue(option))
            {
                yield return $"--kind {Values.NameOf(kind)} needs {option.Name}: there are no such events without it.";
            }
        }
    }

    private ExecCommand? FindExec(ParseResult parsed, List<string> errors)
    {
        if (parsed.GetValue(_exec) is not { } name)
        {
            return null;
        }

        var exec = ExecCommand.Find(name, _execArguments, Environment.GetEnvironmentVariable("PATH"), out var error);
        if (error is not null)
        {
            errors.Add(error);
        }

        return exec;
    }

    private static IEnumerable<string> Errors(FileMonitorOptions options)
    {
        var debounce = options.Debounce;
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
                root.Recursive = !parsed.GetValue(_noRecursive);
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
        options.Report.AttributeChanges = parsed.GetValue(_attributes) ? ItemAttributes.AllMetadata : ItemAttributes.None;
        AddAll(options.TextDiff.Include, parsed.GetValue(_diff));
        options.Source = parsed.GetValue(_source) ?? options.Source;

        // Who names a source believes to have it.
        options.RequireSource = options.Source != ChangeSourceKind.Auto && !parsed.GetValue(_sourceFallback);
        if (parsed.GetValue(_exec) is not null)
        {
            // The longest there is: further changes of a file merge while the command runs, and nothing is left out for it.
            options.Readers.Patience = TimeSpan.FromMilliseconds(Hour);
        }

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
        "Checksum.Enabled" => "--no-checksum",
        "Checksum.MaxFileBytes" => "--max-file-size",
        "Checksum.ReadTimeout" => "--read-timeout",
        "Polling.Interval" => "--polling-interval",
        "FlushTimeout" or "VerifyTimeout" => "--verify-timeout",
        "Source" => "--source",
        "RequireSource" => "--source-fallback",
        _ when option.StartsWith("TextDiff", StringComparison.Ordinal) => "--diff",
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
