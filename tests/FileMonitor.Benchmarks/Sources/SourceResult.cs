using System.Diagnostics;
using System.Globalization;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>One watcher in one storm: a row.</summary>
internal sealed class SourceResult(SourceSubject subject)
{
    public SourceSubject Subject { get; } = subject;

    /// <summary>Why there is nothing else to say.</summary>
    public string? Skipped { get; init; }

    /// <summary>Whether the source that ran is the one the row is named after.</summary>
    public bool IsActive { get; init; } = true;

    public TimeSpan Written { get; init; }

    public TimeSpan Told { get; init; }

    public int Lines { get; init; }

    public ReplayOutcome Outcome { get; init; } = new();

    /// <summary>Null when the process was gone before it could be asked.</summary>
    public double? CpuSeconds { get; init; }

    public double? PeakMegabytes { get; init; }

    public Latencies? Latencies { get; init; }

    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>From the end of an operation to the last line about its path before the next operation on it began, in milliseconds.</summary>
internal sealed class Latencies
{
    private readonly List<double> _arrived = [];
    private readonly List<double> _stamped = [];

    public int Operations { get; private set; }

    /// <summary>Operations without such a line.</summary>
    public int Untold { get; private set; }

    /// <summary>Until the benchmark had the line: the same for every watcher.</summary>
    public string Arrived => Percentiles(_arrived);

    /// <summary>Until the watcher made it, by its own stamp.</summary>
    public string Stamped => Percentiles(_stamped);

    public static Latencies Of(List<StormOperation> operations, List<WatcherLine> lines)
    {
        var latencies = new Latencies();
        var told = lines.Where(line => line.Kind is "created" or "modified" or "closed" or "found").ToLookup(line => line.Path);
        foreach (var path in operations.GroupBy(operation => operation.Path))
        {
            var about = told[path.Key].ToArray();
            var next = 0;
            var times = path.ToArray();
            for (var i = 0; i < times.Length; i++)
            {
                var until = i + 1 < times.Length ? times[i + 1].Began : long.MaxValue;
                var first = next;
                while (next < about.Length && about[next].Arrived < until)
                {
                    next++;
                }

                latencies.Add(times[i], next > first ? about[next - 1] : null);
            }
        }

        latencies._arrived.Sort();
        latencies._stamped.Sort();
        return latencies;
    }

    private void Add(StormOperation operation, WatcherLine? line)
    {
        Operations++;
        if (line is not { } told)
        {
            Untold++;
            return;
        }

        _arrived.Add(Milliseconds(told.Arrived - operation.Ended));
        if (told.Stamp >= 0)
        {
            _stamped.Add(Milliseconds(told.Stamp - operation.Ended));
        }
    }

    /// <summary>The kernel may tell of a close before the writer has looked at the clock: that is no time at all.</summary>
    private static double Milliseconds(long ticks) => Math.Max(0, (double)ticks * 1000 / Stopwatch.Frequency);

    private static string Percentiles(List<double> sorted) => sorted.Count == 0
        ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{sorted[sorted.Count / 2]:n2} / {sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * 0.99)]:n2}");
}
