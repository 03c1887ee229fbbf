using FileMonitor.Extending;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>What a source is given to write to: keeps each hint whole, and everything else as a line.</summary>
internal sealed class HintRecorder : IChangeWriter
{
    private readonly Lock _gate = new();
    private readonly List<FileChange> _changes = [];
    private readonly List<string> _lines = [];
    private readonly List<(string Start, TaskCompletionSource Heard)> _awaited = [];

    /// <summary>Called with each hint, by the thread that writes it.</summary>
    public Action<FileChange>? Written { get; set; }

    public FileChange[] Changes
    {
        get
        {
            lock (_gate)
            {
                return [.. _changes];
            }
        }
    }

    /// <summary>Each hint as a line: kind, path, for a rename the old path, and "finished".</summary>
    public string[] Hints => [.. Changes.Select(Describe)];

    /// <summary>Directories that were to be compared so far; not forgotten by <see cref="Clear"/>.</summary>
    public List<string> Compared { get; } = [];

    /// <summary>What was said beside hints.</summary>
    public string[] Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public static string Describe(FileChange change) =>
        $"{change.Kind} {change.RelativePath}{(change.OldRelativePath is { } old ? " from " + old : "")}{(change.IsFinished ? " finished" : "")}";

    /// <summary>Completes with the first line that begins so, now or later.</summary>
    public Task HeardAsync(string start)
    {
        lock (_gate)
        {
            if (_lines.Exists(line => line.StartsWith(start, StringComparison.Ordinal)))
            {
                return Task.CompletedTask;
            }

            var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((start, heard));
            return heard.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _changes.Clear();
            _lines.Clear();
        }
    }

    public void Write(in FileChange change)
    {
        lock (_gate)
        {
            _changes.Add(change);
        }

        Written?.Invoke(change);
    }

    public void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) => Add($"lost {cause} '{relativeDirectory}' {detail}");

    public void ReportUncovered(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) => Add($"uncovered {cause} '{relativeDirectory}' {detail}");

    public void ReportCovered(MonitoredRoot root, string relativeDirectory, GapCause cause) => Add($"covered {cause} '{relativeDirectory}'");

    public Task CompareAsync(MonitoredRoot root, string relativeDirectory)
    {
        lock (_gate)
        {
            Compared.Add(relativeDirectory);
        }

        Add($"compare '{relativeDirectory}'");
        return Task.CompletedTask;
    }

    private void Add(string line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            foreach (var (_, heard) in _awaited.Where(awaited => line.StartsWith(awaited.Start, StringComparison.Ordinal)))
            {
                heard.TrySetResult();
            }
        }
    }
}
