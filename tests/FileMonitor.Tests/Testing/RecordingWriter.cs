using FileMonitor.Extending;
using FileMonitor.Patterns;

namespace FileMonitor.Tests.Testing;

/// <summary>What a source is given to write to, when there is no monitor: it keeps each hint as a line.</summary>
internal sealed class RecordingWriter : IChangeWriter
{
    public List<string> Lines { get; } = [];

    /// <summary>A root with delays in seconds; a debouncer with the frequency 1 counts them as they are.</summary>
    public static MonitoredRoot Root(string path, int index = 0, int quietPeriod = 0, int maxDelay = 5, int finishedDelay = 0) => new(
        index,
        path,
        path,
        IgnoreRules.Parse([], [], ignoreCase: false),
        RootSettings.Default with { QuietPeriod = TimeSpan.FromSeconds(quietPeriod), MaxDelay = TimeSpan.FromSeconds(maxDelay), FinishedDelay = TimeSpan.FromSeconds(finishedDelay) });

    public void Write(in FileChange change) =>
        Lines.Add($"{change.Kind} {(change.OldRelativePath is null ? "" : change.OldRelativePath + " -> ")}{change.RelativePath}{(change.IsFinished ? " finished" : "")}{(change.Actor is null ? "" : $" by {change.Actor.ProcessId}")}");

    public void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) =>
        Lines.Add($"{cause} {root.Index}:{relativeDirectory} {detail}");

    public void ReportUncovered(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) =>
        Lines.Add($"uncovered: {cause} {root.Index}:{relativeDirectory} {detail}");

    public void ReportCovered(MonitoredRoot root, string relativeDirectory, GapCause cause) =>
        Lines.Add($"covered: {cause} {root.Index}:{relativeDirectory}");

    public Task CompareAsync(MonitoredRoot root, string relativeDirectory)
    {
        Lines.Add($"compare {root.Index}:{relativeDirectory}");
        return Task.CompletedTask;
    }
}
