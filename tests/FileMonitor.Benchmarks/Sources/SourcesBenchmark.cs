using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>
/// Side by side, in one run: FileSystemWatcher alone, our monitor on each source, inotifywait, and what a careful C program has to do, on the
/// same storms. One watcher at a time, each in a process of its own, on a tree of its own; the writer is a third process.
/// </summary>
internal static class SourcesBenchmark
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1.5);

    public static async Task<int> RunAsync(string[] args)
    {
        if (!OperatingSystem.IsLinux() || SourcesOptions.Parse(args) is not { } options)
        {
            Console.Error.WriteLine($"On Linux: {SourcesOptions.Usage}");
            return 2;
        }

        PrintConditions(options);
        var subjects = SourceSubject.All.Where(subject => options.Only is [] || options.Only.Contains(subject.Name)).ToArray();
        var storms = new List<(string Title, IReadOnlyList<SourceResult> Results)>();
        foreach (var storm in SourceStorm.All.Where(storm => options.Wants(storm.Number)))
        {
            var results = new List<SourceResult>();

            // Checksums read every file: they are measured on the creates alone.
            foreach (var subject in subjects.Where(subject => !subject.Sums || storm.Number == 1))
            {
                results.Add(subject.WhyNot(options.Reader) is { } why ? new SourceResult(subject) { Skipped = why } : await MeasureAsync(subject, storm, options));
            }

            var title = string.Create(CultureInfo.InvariantCulture, $"{storm.Number}. {storm.TitleAt(options.Scale)}");
            SourcesTable.Print(title, results);
            storms.Add((title, results));
        }

        IReadOnlyList<ArmingResult> arming = [];
        if (options.Wants(6))
        {
            arming = await ArmingBenchmark.RunAsync(subjects, options);
            SourcesTable.PrintArming(ArmingBenchmark.TitleAt(options.Scale), arming);
        }

        SourcesTable.PrintRatios(storms, arming);
        return 0;
    }

    private static async Task<SourceResult> MeasureAsync(SourceSubject subject, SourceStorm storm, SourcesOptions options)
    {
        Console.Error.WriteLine($"{storm.Number}: {subject.Title}");
        using var scratch = options.NewScratch();
        var place = new StormPlace(scratch.Watched, scratch.Outside, options.Scale);
        storm.Prepare(place);
        var replay = new LineReplay(scratch.Watched, isKind: !subject.IsOurs);
        using var watcher = subject.Start(scratch.Watched, options.Reader);
        var isReady = await watcher.ReadyAsync(Patience) && watcher.IsReady;
        var before = watcher.ReadCost();
        var started = Stopwatch.GetTimestamp();
        using var writer = SourceStorm.StartWriter(storm.Number, place);
        await writer.WaitForExitAsync();
        var written = Stopwatch.GetElapsedTime(started);
        var isTold = await TellAllAsync(subject, storm, watcher);
        var after = watcher.ReadCost();
        var isDead = subject.Name == SourceSubject.Raw && !watcher.HasExited && !watcher.HoldsInotify;
        var isActive = subject.IsActive(watcher);
        var complaints = watcher.Complaints;
        var lines = watcher.End(scratch.Watched);
        var told = Stopwatch.GetElapsedTime(started, Math.Max(started, watcher.LastArrived));
        foreach (var line in lines)
        {
            replay.Apply(line);
        }

        var latencies = storm.HasTimes ? Latencies.Of(place.ReadTimes(), lines) : null;
        var outcome = replay.CompareWith(scratch.Watched);
        string[] remarks =
        [
            isActive ? "" : $"**not {subject.Source}**: active is {string.Join(", ", watcher.Active)}",
            isReady ? "" : "**never ready**",
            writer.ExitCode == 0 ? "" : "**the writer failed**",
            isTold ? "" : "**did not come to an end**",
            isDead ? "**dead**: it lost its inotify descriptor and said nothing" : "",
            subject.IsOurs && replay.Twice + replay.Senseless > 0 ? $"{replay.Twice} created twice, {replay.Senseless} about what is not there" : "",
            latencies is { Untold: > 0 } ? $"{latencies.Untold} of {latencies.Operations} writes without a line before the next one to that path" : "",
            subject.Name == SourceSubject.Inotifywait && outcome.MissedFiles > 0 ? "it does not say when the kernel's queue overflowed" : "",
            .. lines.Where(line => line.IsTrouble).GroupBy(line => line.Kind).Select(kind => $"**{kind.Count()} × {kind.Key}** {kind.First().Detail}".TrimEnd()),
            .. complaints,
        ];
        return new SourceResult(subject)
        {
            IsActive = isActive,
            Written = written,
            Told = told,
            Lines = lines.Count,
            Outcome = outcome,
            CpuSeconds = after?.CpuSeconds - before?.CpuSeconds,
            PeakMegabytes = after?.PeakMegabytes,
            Latencies = latencies,
            Remarks = [.. remarks.Where(remark => remark.Length > 0).Select(remark => remark.Replace(scratch.Watched, "the root", StringComparison.Ordinal))],
        };
    }

    /// <summary>Until the watcher has said everything: ours when a flush completes, the others when they are quiet.</summary>
    private static async Task<bool> TellAllAsync(SourceSubject subject, SourceStorm storm, SourceWatcher watcher)
    {
        var isQuiet = (subject.IsOurs && !storm.WaitsForQuiet) || await watcher.QuietAsync(Quiet, Patience);
        return isQuiet && (!subject.IsOurs || await watcher.FlushAsync(Patience)) && !watcher.HasExited;
    }

    private static void PrintConditions(SourcesOptions options)
    {
        var defaults = new FileMonitorOptions();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Scale {options.Scale}, {(options.OnDisk ? "on disk" : "in memory")}, {Environment.ProcessorCount} processors, kernel {Environment.OSVersion.Version}, .NET {Environment.Version}. Ours: defaults, without checksums where the row does not say otherwise; quiet period {defaults.Debounce.QuietPeriod.TotalMilliseconds} ms, {defaults.Debounce.FinishedDelay.TotalMilliseconds} ms once the source knows a file finished, at most {defaults.Debounce.MaxDelay.TotalSeconds} s."));
        Console.WriteLine($"The kernel queues {Limit("max_queued_events")} inotify events and allows {Limit("max_user_watches")} watches. Load average at the start: {File.ReadAllText("/proc/loadavg").Split(' ')[0]}.");
    }

    private static string Limit(string name) => File.ReadAllText($"/proc/sys/fs/inotify/{name}").Trim();
}
