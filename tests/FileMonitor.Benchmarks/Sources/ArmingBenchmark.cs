using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>How long it takes and what it costs until a large tree is watched, and what it costs to go on watching when nothing happens.</summary>
internal static class ArmingBenchmark
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    public static string TitleAt(double scale) =>
        string.Create(CultureInfo.InvariantCulture, $"6. Arming {Across(scale) * Across(scale) * 10:n0} directories, then {Quiet.TotalSeconds:n0} s in which nothing happens");

    public static async Task<IReadOnlyList<ArmingResult>> RunAsync(IReadOnlyList<SourceSubject> subjects, SourcesOptions options)
    {
        using var scratch = options.NewScratch();
        for (var i = 0; i < Across(options.Scale); i++)
        {
            for (var j = 0; j < Across(options.Scale) * 10; j++)
            {
                Directory.CreateDirectory(Path.Join(scratch.Watched, StormPlace.Name("d", i), StormPlace.Name("directory", j)));
            }
        }

        var results = new List<ArmingResult>();
        foreach (var subject in subjects.Where(subject => !subject.Sums))
        {
            results.Add(subject.WhyNot(options.Reader) is { } why ? new ArmingResult(subject) { Skipped = why } : await MeasureAsync(subject, scratch.Watched, options));
        }

        return results;
    }

    private static int Across(double scale) => Math.Max(1, (int)Math.Round(100 * Math.Sqrt(scale)));

    private static async Task<ArmingResult> MeasureAsync(SourceSubject subject, string directory, SourcesOptions options)
    {
        Console.Error.WriteLine($"arming: {subject.Title}");
        var started = Stopwatch.GetTimestamp();
        using var watcher = subject.Start(directory, options.Reader);
        var isReady = await watcher.ReadyAsync(SourcesBenchmark.Patience) && watcher.IsReady;
        var ready = Stopwatch.GetElapsedTime(started);
        var atReady = watcher.ReadCost();
        await Task.Delay(Quiet, TimeProvider.System);
        var afterQuiet = watcher.ReadCost();
        var isActive = subject.IsActive(watcher);
        var complaints = watcher.Complaints;
        var lines = watcher.End(directory);
        string[] remarks =
        [
            isActive ? "" : $"**not {subject.Source}**: active is {string.Join(", ", watcher.Active)}",
            isReady ? "" : "**never ready**",
            .. lines.Where(line => line.IsTrouble).GroupBy(line => line.Kind).Select(kind => $"**{kind.Count()} × {kind.Key}** {kind.First().Detail}".TrimEnd()),
            .. complaints,
        ];
        return new ArmingResult(subject)
        {
            IsActive = isActive,
            Ready = ready,
            OwnSeconds = watcher.ArmedSeconds,
            AtReady = atReady,
            AfterQuiet = afterQuiet,
            Remarks = [.. remarks.Where(remark => remark.Length > 0).Select(remark => remark.Replace(directory, "the root", StringComparison.Ordinal))],
        };
    }
}

/// <summary>One watcher of the large tree: a row.</summary>
internal sealed record ArmingResult(SourceSubject Subject)
{
    public string? Skipped { get; init; }

    public bool IsActive { get; init; }

    /// <summary>From the start of the process.</summary>
    public TimeSpan Ready { get; init; }

    public double? OwnSeconds { get; init; }

    public ProcessCost? AtReady { get; init; }

    public ProcessCost? AfterQuiet { get; init; }

    public IReadOnlyList<string> Remarks { get; init; } = [];
}
