using FileMonitor.Extending;
using FileMonitor.Patterns;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources;

/// <summary>What a source is given to write to, when it writes on threads of its own: keeps each call as a line, and lets a test wait for one.</summary>
internal sealed class AwaitableWriter : IChangeWriter
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Start, TaskCompletionSource<string> Heard)> _awaited = [];

    /// <summary>Called for each comparison, which takes as long as its task.</summary>
    public Func<Task> Compare { get; set; } = () => Task.CompletedTask;

    /// <summary>Called with each line, by the thread that writes it.</summary>
    public Action<string>? Written { get; set; }

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

    public static MonitoredRoot Root(string path, bool recursive = true) => new(0, path, path, IgnoreRules.None, RootSettings.Default with { Recursive = recursive });

    /// <summary>The first line that begins so, now or later.</summary>
    public Task<string> HeardAsync(string start)
    {
        lock (_gate)
        {
            if (_lines.Find(line => line.StartsWith(start, StringComparison.Ordinal)) is { } known)
            {
                return Task.FromResult(known);
            }

            var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((start, heard));
            return heard.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Forgets what was heard, so that it can be waited for again.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _lines.Clear();
        }
    }

    /// <summary>Lets time pass until something has happened.</summary>
    public static async Task<T> PassAsync<T>(FakeTimeProvider time, TimeSpan step, Task<T> until)
    {
        while (!until.IsCompleted)
        {
            time.Advance(step);
            await Task.Yield();
        }

        return await until;
    }

    public void Write(in FileChange change) => Add($"{change.Kind} {change.RelativePath}");

    public void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) => Add($"lost {cause} '{relativeDirectory}' {detail}");

    public void ReportUncovered(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail) =>
        Add($"uncovered {cause} '{relativeDirectory}' {detail}");

    public void ReportCovered(MonitoredRoot root, string relativeDirectory, GapCause cause) => Add($"covered {cause} '{relativeDirectory}'");

    public Task CompareAsync(MonitoredRoot root, string relativeDirectory)
    {
        Add($"compare '{relativeDirectory}'");
        return Compare();
    }

    private void Add(string line)
    {
        lock (_gate)
        {
            _lines.Add(line);
            foreach (var (_, heard) in _awaited.Where(awaited => line.StartsWith(awaited.Start, StringComparison.Ordinal)))
            {
                heard.TrySetResult(line);
            }

            _awaited.RemoveAll(awaited => awaited.Heard.Task.IsCompleted);
        }

        Written?.Invoke(line);
    }
}
