using FileMonitor.Hosting.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FileMonitor.Hosting;

/// <summary>The judgement of a monitor's health, with sentences for the person on call. The health checks use it.</summary>
public sealed class FileMonitorHealthReport
{
    // A description is read by people, on one screen.
    private const int MostFindingsDescribed = 10;

    private FileMonitorHealthReport(string monitor, HealthStatus status, IReadOnlyList<string> findings, string description, IReadOnlyDictionary<string, object> data)
    {
        Monitor = monitor;
        Status = status;
        Findings = findings;
        Description = description;
        Data = data;
    }

    /// <summary>The monitor's name; empty for an unnamed one.</summary>
    public string Monitor { get; }

    /// <summary>Healthy, Degraded (it works, but something is late or may be missing) or Unhealthy (it does not do its work).</summary>
    public HealthStatus Status { get; }

    /// <summary>The problems, in one or two sentences each, with the remedy; the most serious first. Empty when Healthy.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>The findings as one text; when Healthy, what is being watched. Names of directories may appear in it.</summary>
    public string Description { get; }

    /// <summary>Counters and levels by name: numbers and strings. Of paths only the roots as configured.</summary>
    public IReadOnlyDictionary<string, object> Data { get; }

    /// <summary>Judges a monitor's health, by the arguments only.</summary>
    /// <param name="health">The health, from <see cref="FileSystemMonitor.GetHealth"/>.</param>
    /// <param name="options">The thresholds.</param>
    /// <param name="now">The time, from the clock that the monitor uses.</param>
    /// <returns>The judgement.</returns>
    public static FileMonitorHealthReport Assess(MonitorHealth health, FileMonitorHealthOptions options, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(health);
        ArgumentNullException.ThrowIfNull(options);

        // A stable sort: equal findings keep the order in which they are found, the most serious first.
        var findings = HealthFindings.Of(health, options, now).OrderBy(finding => finding.Status).ToList();
        var status = findings.Count == 0 ? HealthStatus.Healthy : findings[0].Status;
        var texts = findings.ConvertAll(finding => finding.Text);
        return new(health.Monitor, status, texts, Describe(health, texts), HealthNumbers.Of(health));
    }

    private static string Describe(MonitorHealth health, List<string> texts) => texts.Count switch
    {
        0 => Words.Invariant($"{Words.Count(health.Roots.Count, "root is", "roots are")} watched, {Words.Count(health.KnownItems, "item is", "items are")} known."),
        > MostFindingsDescribed => Words.Invariant($"{string.Join(' ', texts.Take(MostFindingsDescribed))} And {texts.Count - MostFindingsDescribed} more."),
        _ => string.Join(' ', texts),
    };
}
