using System.Globalization;
using System.Numerics;
using FileMonitor.Patterns;

namespace FileMonitor;

public sealed partial class FileMonitorOptions
{
    /// <summary>The rules for options. Every rule is checked, so that a host gets all its mistakes at once; the disk is not read.</summary>
    /// <remarks>Every name of an option in a sentence has passed through <c>nameOf</c>, because the user may know it under another name.</remarks>
    private sealed class OptionsRules(Func<string, string> nameOf)
    {
        private const int Many = 10_000_000;
        private const int MaxPathLength = 32_767;

        private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
        private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(100);
        private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

        // The usual case sensitivity of the system's file systems: without it, two roots that differ only in case are one directory.
        private static readonly StringComparison PathComparison =
            OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

        public List<string> GetErrors(FileMonitorOptions options)
        {
            var errors = new List<string>();
            if (options.Roots.Count == 0)
            {
                errors.Add($"{nameOf("Roots")} is empty: add at least one directory or file to watch.");
            }

            CheckRoots(options, errors);
            CheckDebounce("", options.Debounce, errors);
            CheckChecksum(options.Checksum, errors);
            CheckTextDiff(options, errors);
            CheckRange("Queue.Capacity", options.Queue.Capacity, 1, Many, errors);
            CheckRange("Queue.MaxPendingPaths", options.Queue.MaxPendingPaths, 1, Many, errors);
            CheckRange("Readers.BufferCapacity", options.Readers.BufferCapacity, 1, Many, errors);
            CheckRange("Readers.Patience", options.Readers.Patience, TimeSpan.Zero, Hour, errors);
            CheckSinks(options.Sinks, errors);
            CheckRecovery(options.Recovery, errors);
            CheckRange("Polling.Interval", options.Polling.Interval, Shortest, Hour, errors);
            CheckRange("MaxEventsPerSecond", options.MaxEventsPerSecond, 0, Many, errors);
            CheckAttributes("Report.AttributeChanges", options.Report.AttributeChanges, errors);
            CheckRange("ShutdownTimeout", options.ShutdownTimeout, TimeSpan.Zero, Hour, errors);
            CheckRange("FlushTimeout", options.FlushTimeout, ShortestTimeout, TimeSpan.FromDays(1), errors);
            CheckRange("VerifyTimeout", options.VerifyTimeout, ShortestTimeout, TimeSpan.FromDays(7), errors);
            CheckName("Source", options.Source, "a source", errors);

            if (options.RequireSource && options.Source == ChangeSourceKind.Auto && !options.Roots.Any(static root => root?.Source is not (null or ChangeSourceKind.Auto)))
            {
                errors.Add($"{nameOf("RequireSource")} (True) has no effect with Auto: set {nameOf("Source")} to the source that must be used, or leave it out.");
            }

            return errors;
        }

        private void CheckDebounce(string root, DebounceOptions debounce, List<string> errors)
        {
            CheckRange($"{root}Debounce.QuietPeriod", debounce.QuietPeriod, TimeSpan.Zero, Hour, errors);
            CheckRange($"{root}Debounce.MaxDelay", debounce.MaxDelay, TimeSpan.Zero, Hour, errors);
            CheckRange($"{root}Debounce.FinishedDelay", debounce.FinishedDelay, TimeSpan.Zero, Hour, errors);
            CheckRange($"{root}Debounce.MaxHold", debounce.MaxHold, ShortestTimeout, TimeSpan.FromDays(7), errors);
            CheckRange($"{root}Debounce.StabilityPeriod", debounce.StabilityPeriod, TimeSpan.Zero, Hour, errors);
            if (debounce.MaxDelay < debounce.QuietPeriod)
            {
                errors.Add(
                    $"{nameOf($"{root}Debounce.MaxDelay")} ({Text(debounce.MaxDelay)}) is shorter than {nameOf($"{root}Debounce.QuietPeriod")} ({Text(debounce.QuietPeriod)}): lengthen the first or shorten the second.");
            }
        }

        private void CheckChecksum(ChecksumOptions checksum, List<string> errors)
        {
            CheckMaxFileBytes("Checksum.MaxFileBytes", checksum.MaxFileBytes, errors);

            CheckRange("Checksum.Concurrency", checksum.Concurrency, 1, 64, errors);
            CheckRange("Checksum.Attempts", checksum.Attempts, 1, 20, errors);
            if (checksum.ReadTimeout != TimeSpan.Zero)
            {
                CheckRange("Checksum.ReadTimeout", checksum.ReadTimeout, ShortestTimeout, TimeSpan.FromDays(7), errors);
            }

            if (checksum.BytesPerSecond is not 0 and < 4_096)
            {
                errors.Add($"{nameOf("Checksum.BytesPerSecond")} ({Text(checksum.BytesPerSecond)}) is too low: use 0 for no limit, otherwise 4,096 or more.");
            }
        }

        private void CheckTextDiff(FileMonitorOptions options, List<string> errors)
        {
            var diff = options.TextDiff;
            CheckPatterns("TextDiff.Include", diff.Include, errors);
            CheckPatterns("TextDiff.Ignore", diff.Ignore, errors);
            CheckRange("TextDiff.MaxFileBytes", diff.MaxFileBytes, 1, TextDiffOptions.LargestFile, errors);
            CheckRange("TextDiff.MaxCharacters", diff.MaxCharacters, 100, 100_000, errors);
            CheckRange("TextDiff.MaxMemoryBytes", diff.MaxMemoryBytes, diff.MaxFileBytes, 10L * 1024 * 1024 * 1024, errors);
            if (diff.Include.Count > 0 && !options.Checksum.Enabled && !options.Roots.Any(static root => root?.Checksum.Enabled is true))
            {
                errors.Add($"{nameOf("TextDiff.Include")} has no effect without checksums, which {nameOf("Checksum.Enabled")} turns off: remove one of them.");
            }

            // What the budget makes too large for one reading is never whole in memory.
            if (diff.Include.Count > 0 && options.Checksum.BytesPerSecond is not 0 and var rate && rate / 10 <= diff.MaxFileBytes)
            {
                errors.Add($"{nameOf("TextDiff.MaxFileBytes")} ({Text(diff.MaxFileBytes)}) is not below a tenth of {nameOf("Checksum.BytesPerSecond")} ({Text(rate)}), which is read at once: lower the first or raise the second.");
            }
        }

        private void CheckMaxFileBytes(string name, long? bytes, List<string> errors)
        {
            if (bytes < 0)
            {
                errors.Add($"{nameOf(name)} ({Text(bytes.Value)}) is negative: use null for no limit, otherwise 0 or more.");
            }
        }

        private void CheckSinks(SinkOptions sinks, List<string> errors)
        {
            CheckRange("Sinks.MaxBatch", sinks.MaxBatch, 1, 100_000, errors);
            CheckRange("Sinks.WriteTimeout", sinks.WriteTimeout, TimeSpan.FromMilliseconds(1), Hour, errors);
            CheckRange("Sinks.Retries", sinks.Retries, 0, 100, errors);
            CheckRange("Sinks.BufferCapacity", sinks.BufferCapacity, 1, Many, errors);
            CheckRange("Sinks.BreakDuration", sinks.BreakDuration, TimeSpan.FromMilliseconds(500), TimeSpan.FromDays(1), errors);
        }

        private void CheckRecovery(RecoveryOptions recovery, List<string> errors)
        {
            CheckRange("Recovery.RootCheckInterval", recovery.RootCheckInterval, Shortest, Hour, errors);
            if (recovery.ReconcileInterval != TimeSpan.Zero)
            {
                CheckRange("Recovery.ReconcileInterval", recovery.ReconcileInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(7), errors);
            }

            if (recovery.EntriesPerSecond != 0)
            {
                CheckRange("Recovery.EntriesPerSecond", recovery.EntriesPerSecond, 1_000, Many, errors);
            }
        }

        private void CheckAttributes(string name, ItemAttributes attributes, List<string> errors)
        {
            if ((attributes & ~ItemAttributes.AllMetadata) is not ItemAttributes.None and var wrong)
            {
                errors.Add($"{nameOf(name)} ({wrong}) is not metadata: use any of {string.Join(", ", AttributeNames.Of(ItemAttributes.AllMetadata)!)}, or None.");
            }
        }

        private void CheckName<T>(string name, T value, string what, List<string> errors)
            where T : struct, Enum
        {
            if (!Enum.IsDefined(value))
            {
                errors.Add($"{nameOf(name)} ({value:D}) is not {what}: use {string.Join(" or ", Enum.GetNames<T>())}.");
            }
        }

        private void CheckRange<T>(string name, T value, T min, T max, List<string> errors)
            where T : INumber<T>
        {
            if (value < min || value > max)
            {
                errors.Add($"{nameOf(name)} ({Text(value)}) is out of range: use {Text(min)} to {Text(max)}.");
            }
        }

        private void CheckRange(string name, TimeSpan value, TimeSpan min, TimeSpan max, List<string> errors)
        {
            if (value < min || value > max)
            {
                errors.Add($"{nameOf(name)} ({Text(value)}) is out of range: use {Text(min)} to {Text(max)}.");
            }
        }

        private void CheckRoots(FileMonitorOptions options, List<string> errors)
        {
            var roots = options.Roots;

            // Only valid paths are compared; null stands for the others, so that the indexes match.
            var paths = new List<string?>();
            for (var i = 0; i < roots.Count; i++)
            {
                var name = $"Roots[{i}]";
                paths.Add(roots[i] is null ? null : CheckPath(nameOf($"{name}.Path"), roots[i], errors));
                if (roots[i] is null)
                {
                    errors.Add($"{nameOf(name)} is null: remove it.");
                    continue;
                }

                CheckRoot(name, roots[i], options, errors);
                CheckOverlap(roots, paths, errors);
            }
        }

        private void CheckRoot(string name, RootOptions root, FileMonitorOptions options, List<string> errors)
        {
            CheckName($"{name}.ReportWhen", root.ReportWhen, "a time to report", errors);
            if (root.Source is { } source)
            {
                CheckName($"{name}.Source", source, "a source", errors);
            }

            if ((root.IgnorePresets & ~(IgnorePresets.EditorTemporaryFiles | IgnorePresets.VersionControl)) != 0)
            {
                errors.Add($"{nameOf($"{name}.IgnorePresets")} ({root.IgnorePresets:D}) is not a preset: use {string.Join(" or ", Enum.GetNames<IgnorePresets>())}.");
            }

            if (root is { IsFile: true, Include.Count: > 0 } or { IsFile: true, Ignore.Count: > 0 })
            {
                errors.Add($"{nameOf(name)} is a file and has patterns, which select among the files of a directory: remove them.");
            }

            if (root.MaxDepth is { } depth)
            {
                CheckRange($"{name}.MaxDepth", depth, 1, 10_000, errors);
                if (!root.Recursive && depth > 1)
                {
                    errors.Add($"{nameOf($"{name}.MaxDepth")} ({Text(depth)}) has no effect, because {nameOf($"{name}.Recursive")} is False: remove one of them.");
                }
            }

            CheckPatterns($"{name}.Include", root.Include, errors);
            CheckPatterns($"{name}.Ignore", root.Ignore, errors);
            CheckFollowed(name, root, errors);
            CheckDelays(name, root.Debounce, options.Debounce, errors);
            CheckMaxFileBytes($"{name}.Checksum.MaxFileBytes", root.Checksum.MaxFileBytes, errors);
            CheckAttributes($"{name}.Report.AttributeChanges", root.Report.AttributeChanges ?? ItemAttributes.None, errors);
        }

        private void CheckFollowed(string name, RootOptions root, List<string> errors)
        {
            if (root is { IsFile: true, FollowLinksInto.Count: > 0 })
            {
                errors.Add($"{nameOf($"{name}.FollowLinksInto")} has no effect for a file, whose links are all followed: remove it.");
            }

            for (var i = 0; i < root.FollowLinksInto.Count; i++)
            {
                if (string.IsNullOrEmpty(root.FollowLinksInto[i]) || !Path.IsPathFullyQualified(root.FollowLinksInto[i]))
                {
                    errors.Add($"{nameOf($"{name}.FollowLinksInto[{i}]")} (\"{root.FollowLinksInto[i]}\") is not absolute: give the whole path from the root of the file system.");
                }
            }
        }

        /// <summary>The delays of one root, and whether they fit to those of the monitor.</summary>
        private void CheckDelays(string name, RootDebounceOptions root, DebounceOptions monitor, List<string> errors)
        {
            if (root is { QuietPeriod: null, MaxDelay: null, FinishedDelay: null, MaxHold: null, StabilityPeriod: null })
            {
                return;
            }

            CheckDebounce($"{name}.", root.Over(monitor), errors);
        }

        /// <returns>The path in the form for comparing roots; null when it is invalid.</returns>
        private static string? CheckPath(string name, RootOptions root, List<string> errors)
        {
            var path = root.Path;
            var error = path switch
            {
                null or "" => $"{name} is empty: name the directory or file to watch.",
                { Length: > MaxPathLength } => $"{name} is {Text(path.Length)} characters long: no system takes more than {Text(MaxPathLength)}.",
                _ when path.Contains('\0') => $"{name} (\"{path.Replace("\0", "\\0", StringComparison.Ordinal)}\") contains a NUL: remove it.",
                _ when !Path.IsPathFullyQualified(path) => $"{name} (\"{path}\") is not absolute: give the whole path from the root of the file system.",
                _ when root.IsFile && Path.GetFileName(path) is "" or "." or ".." => $"{name} (\"{path}\") names a directory, and a file was asked for: add it with AddRoot, or name the file.",
                _ => null,
            };

            if (error is not null)
            {
                errors.Add(error);
                return null;
            }

            return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path!));
        }

        private void CheckOverlap(IList<RootOptions> roots, List<string?> paths, List<string> errors)
        {
            var last = paths.Count - 1;
            for (var i = 0; i < last && paths[last] is not null; i++)
            {
                var relation = (paths[last], paths[i]) switch
                {
                    (_, null) => null,
                    var (mine, other) when string.Equals(mine, other, PathComparison) => roots[last].IsFile && roots[i].IsFile ? "is the same file as" : "is the same directory as",
                    var (mine, other) when !roots[i].IsFile && IsInside(mine!, other) => "is inside",
                    var (mine, other) when !roots[last].IsFile && IsInside(other, mine!) => "contains",
                    _ => null,
                };

                if (relation is not null)
                {
                    errors.Add(
                        $"{nameOf($"Roots[{last}].Path")} (\"{roots[last].Path}\") {relation} {nameOf($"Roots[{i}].Path")} (\"{roots[i].Path}\"): remove one of them.");
                }
            }
        }

        private static bool IsInside(string path, string directory) =>
            path.StartsWith(directory, PathComparison)
            && path.Length > directory.Length
            && (Path.EndsInDirectorySeparator(directory) || path[directory.Length] == Path.DirectorySeparatorChar);

        private void CheckPatterns(string name, IList<string> patterns, List<string> errors)
        {
            for (var i = 0; i < patterns.Count; i++)
            {
                if (IgnoreRules.GetError(patterns[i]) is { } error)
                {
                    errors.Add($"{nameOf($"{name}[{i}]")} is not a pattern. {error}");
                }
            }
        }

        private static string Text<T>(T number)
            where T : INumber<T> => number.ToString("N0", CultureInfo.InvariantCulture);

        private static string Text(TimeSpan time)
        {
            var text = time.ToString("c", CultureInfo.InvariantCulture);
            return time.Ticks % TimeSpan.TicksPerSecond == 0 ? text : text.TrimEnd('0');
        }
    }
}
