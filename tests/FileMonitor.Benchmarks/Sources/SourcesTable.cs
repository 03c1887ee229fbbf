using System.Globalization;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>The results as Markdown.</summary>
internal static class SourcesTable
{
    public static void Print(string title, IReadOnlyList<SourceResult> results)
    {
        Console.WriteLine();
        Console.WriteLine($"### {title}");
        Console.WriteLine();
        Console.WriteLine("| Watcher | Written in s | Told after s | Lines | Missed files | Missed directories | Ghosts | Wrong sizes | CPU s | Peak MB | p50 / p99 ms | by its own stamp | Remarks |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var result in results)
        {
            Console.WriteLine(result.Skipped is { } why ? $"| {result.Subject.Title} | | | | | | | | | | | | {why} |" : Row(result));
        }
    }

    public static void PrintArming(string title, IReadOnlyList<ArmingResult> results)
    {
        Console.WriteLine();
        Console.WriteLine($"### {title}");
        Console.WriteLine();
        Console.WriteLine("| Watcher | Ready after s | by its own clock | CPU s until then | MB then | Peak MB | MB after the quiet | CPU s in the quiet | Remarks |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var result in results)
        {
            Console.WriteLine(result.Skipped is { } why ? $"| {result.Subject.Title} | | | | | | | | {why} |" : string.Create(
                CultureInfo.InvariantCulture,
                $"| {result.Subject.Title} | {result.Ready.TotalSeconds:n2} | {Two(result.OwnSeconds)} | {Three(result.AtReady?.CpuSeconds)} | {Whole(result.AtReady?.ResidentMegabytes)} | {Whole(result.AfterQuiet?.PeakMegabytes)} | {Whole(result.AfterQuiet?.ResidentMegabytes)} | {Three(result.AfterQuiet?.CpuSeconds - result.AtReady?.CpuSeconds)} | {Remarks(result.Remarks)} |"));
        }
    }

    /// <summary>Ours beside what it stands on. A row that ran on another source than its name says gives none.</summary>
    public static void PrintRatios(IReadOnlyList<(string Title, IReadOnlyList<SourceResult> Results)> storms, IReadOnlyList<ArmingResult> arming)
    {
        (string Name, string Of, string To)[] ratios =
        [
            ("FileMonitor, Inotify / C reader", "inotify", SourceSubject.Reader),
            ("FileMonitor, Fanotify / C reader", "fanotify", SourceSubject.Reader),
            ("FileMonitor, Inotify / inotifywait", "inotify", SourceSubject.Inotifywait),
            ("FileMonitor, FileSystemWatcher / raw", "fsw", SourceSubject.Raw),
        ];
        Console.WriteLine();
        Console.WriteLine("### Ratios");
        Console.WriteLine();
        Console.WriteLine($"| | {string.Join(" | ", ratios.Select(ratio => ratio.Name))} |");
        Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---|", ratios.Length))}");
        foreach (var (title, results) in storms)
        {
            SourceResult? Find(string name) => results.FirstOrDefault(one => one.Subject.Name == name);
            Console.WriteLine($"| CPU: {title} | {string.Join(" | ", ratios.Select(ratio => Ratio(Cpu(Find(ratio.Of)), Cpu(Find(ratio.To))) + Doubt(Find(ratio.Of), Find(ratio.To))))} |");
        }

        if (arming.Count > 0)
        {
            PrintRow("Arming: time until ready", name => Arming(name, one => one.Ready.TotalSeconds));
            PrintRow("Arming: time by its own clock", name => Arming(name, one => one.OwnSeconds));
            PrintRow("Arming: CPU until ready", name => Arming(name, one => one.AtReady?.CpuSeconds));
            PrintRow("Arming: memory after the quiet", name => Arming(name, one => one.AfterQuiet?.ResidentMegabytes));
        }

        void PrintRow(string title, Func<string, double?> measure) =>
            Console.WriteLine($"| {title} | {string.Join(" | ", ratios.Select(ratio => Ratio(measure(ratio.Of), measure(ratio.To))))} |");

        double? Arming(string name, Func<ArmingResult, double?> measure) =>
            arming.FirstOrDefault(one => one.Subject.Name == name) is { Skipped: null, IsActive: true } result ? measure(result) : null;

        // What is not told costs nothing.
        static string Doubt(SourceResult? of, SourceResult? to) =>
            Cpu(of) is null || Cpu(to) is null ? "" : (of!.Outcome.MissedFiles, to!.Outcome.MissedFiles) switch
            {
                ( > 0, _) => " (the first missed files)",
                (_, > 0) => " (the second missed files)",
                _ => "",
            };

        static double? Cpu(SourceResult? result) => result is { Skipped: null, IsActive: true } ? result.CpuSeconds : null;

        // Below that, waking up is most of it.
        static string Ratio(double? of, double? to) => of is null || to is null ? "–"
            : to < 0.005 ? "too little to tell"
            : string.Create(CultureInfo.InvariantCulture, $"{of / to:n2}");
    }

    private static string Row(SourceResult result)
    {
        var knowsSizes = result.Subject.IsOurs || result.Subject.Name == SourceSubject.Reader;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {result.Subject.Title} | {result.Written.TotalSeconds:n2} | {result.Told.TotalSeconds:n2} | {result.Lines} | {result.Outcome.MissedFiles} of {result.Outcome.Files} | {result.Outcome.MissedDirectories} | {result.Outcome.Ghosts} | {(knowsSizes ? result.Outcome.WrongSizes : "–")} | {Three(result.CpuSeconds)} | {Whole(result.PeakMegabytes)} | {result.Latencies?.Arrived ?? "–"} | {result.Latencies?.Stamped ?? "–"} | {Remarks(result.Remarks)} |");
    }

    private static string Two(double? number) => number is null ? "?" : string.Create(CultureInfo.InvariantCulture, $"{number:n2}");

    private static string Three(double? number) => number is null ? "?" : string.Create(CultureInfo.InvariantCulture, $"{number:n3}");

    private static string Whole(double? number) => number is null ? "?" : string.Create(CultureInfo.InvariantCulture, $"{number:n0}");

    private static string Remarks(IReadOnlyList<string> remarks) => string.Join("; ", remarks).Replace("|", "\\|", StringComparison.Ordinal);
}
