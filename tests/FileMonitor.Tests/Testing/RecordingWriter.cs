namespace FileMonitor.Tests.Testing;

/// <summary>What a source is given to write to, when there is no monitor: it keeps each hint as a line.</summary>
internal sealed class RecordingWriter : IChangeWriter
{
    public List<string> Lines { get; } = [];

    public static MonitoredRoot Root(string path, int index = 0) => new(index, path, path, recursive: true, rules: null!);

    public void Write(in FileChange change) =>
        Lines.Add($"{change.Kind} {(change.OldRelativePath is null ? "" : change.OldRelativePath + " -> ")}{change.RelativePath}");

    public void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) =>
        Lines.Add($"{cause} {root.Index}:{relativeDirectory} {detail}");
}
