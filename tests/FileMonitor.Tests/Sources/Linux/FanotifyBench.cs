using FileMonitor.Extending;
using FileMonitor.Sources.Fanotify;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>A directory on the real disk, a <see cref="FanotifySource"/> on it, and what it wrote. Skips the test where the process may not do that.</summary>
internal sealed class FanotifyBench : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-fanotify-").FullName;

    private FanotifyBench(Func<string, MonitoredRoot> root, bool namesTargets)
    {
        Outside = Directory.CreateDirectory(Path.Join(_home, "outside")).FullName;
        Root = root(Directory.CreateDirectory(Path.Join(_home, "root")).FullName);
        Source = new FanotifySource(TimeSpan.FromSeconds(30), TimeProvider.System, NullLogger.Instance) { NamesTargets = namesTargets };
    }

    public MonitoredRoot Root { get; }

    /// <summary>On the same file system, not watched.</summary>
    public string Outside { get; }

    public FanotifySource Source { get; }

    public HintRecorder Heard { get; } = new();

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static void SkipUnlessUsable() =>
        Assert.SkipWhen(FanotifySupport.WhyNot(Path.TrimEndingDirectorySeparator(Path.GetTempPath())) is not null, "fanotify cannot be used here: " + FanotifySupport.WhyNot(Path.TrimEndingDirectorySeparator(Path.GetTempPath())));

    /// <param name="prepare">Fills the directory before it is watched.</param>
    /// <param name="root">Makes the root of its path.</param>
    /// <param name="namesTargets">Whether to use what only newer kernels have.</param>
    public static async Task<FanotifyBench> StartAsync(Action<FanotifyBench>? prepare = null, Func<string, MonitoredRoot>? root = null, bool namesTargets = true)
    {
        SkipUnlessUsable();
        var bench = new FanotifyBench(root ?? (path => AwaitableWriter.Root(path)), namesTargets);
        prepare?.Invoke(bench);
        await bench.Source.StartAsync([bench.Root], bench.Heard, Token);
        return bench;
    }

    public string At(string path) => Path.Join(Root.Path, path);

    public string AtOutside(string path) => Path.Join(Outside, path);

    /// <summary>What was hinted at since the last time, all that was done before included.</summary>
    public async Task<string[]> HintsAsync()
    {
        Assert.Null(await Source.FlushAsync(Root, Token).AsTask().WaitAsync(Deadline, Token));
        var changes = Heard.Changes;
        Heard.Clear();

        // A sentinel may be closed after it was deleted, where a child process that was being started had it, too. The look that follows finds nothing.
        var others = Array.FindAll(changes, change => change.Kind != FileChangeKind.Look || !change.RelativePath.StartsWith(change.Root.Sentinels.Prefix, StringComparison.Ordinal));
        return [.. Merge(others).Select(HintRecorder.Describe)];
    }

    /// <summary>How much of what happens to a file the kernel merges into one event depends on how soon it is read.</summary>
    private static List<FileChange> Merge(FileChange[] changes)
    {
        var merged = new List<FileChange>();
        foreach (var change in changes)
        {
            if (merged.Count > 0
                && merged[^1] is var last
                && last.RelativePath == change.RelativePath
                && last.Kind is FileChangeKind.Created or FileChangeKind.Modified or FileChangeKind.Look
                && change.Kind is FileChangeKind.Modified or FileChangeKind.Look)
            {
                var kind = last.Kind == FileChangeKind.Look ? change.Kind : last.Kind;
                merged[^1] = new FileChange(kind, last.Root, last.RelativePath) { IsFinished = last.IsFinished || change.IsFinished, Actor = last.Actor };
            }
            else
            {
                merged.Add(change);
            }
        }

        return merged;
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();

        // .NET cannot delete what has no name in UTF-8.
        await Shell.RunAsync($"rm -rf '{_home}'");
    }
}
