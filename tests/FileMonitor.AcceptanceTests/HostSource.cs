using FileMonitor.Extending;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// A source as a host might write it: it passes on what <see cref="FileSystemWatcher"/> says and promises nothing. When that one dies without
/// a word, or has something still to say, the comparison of a flush finds what is missing.
/// </summary>
internal sealed class HostSource : IChangeSource
{
    private readonly List<FileSystemWatcher> _watchers = [];

    public string Name => "Host";

    public Task StartAsync(IReadOnlyList<MonitoredRoot> roots, IChangeWriter changes, CancellationToken cancellationToken)
    {
        foreach (var root in roots)
        {
            var watcher = new FileSystemWatcher(root.PhysicalPath) { IncludeSubdirectories = root.Recursive };
            watcher.Created += (_, e) => changes.Write(new FileChange(FileChangeKind.Created, root, Relative(e.Name!)));
            watcher.Changed += (_, e) => changes.Write(new FileChange(FileChangeKind.Modified, root, Relative(e.Name!)));
            watcher.Deleted += (_, e) => changes.Write(new FileChange(FileChangeKind.Deleted, root, Relative(e.Name!)));
            watcher.Renamed += (_, e) => changes.Write(new FileChange(FileChangeKind.Renamed, root, Relative(e.Name!), Relative(e.OldName!)));
            watcher.Error += (_, e) => changes.ReportLoss(root, "", GapCause.SourceError, e.GetException().Message);
            watcher.EnableRaisingEvents = true;
            _watchers.Add(watcher);
        }

        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers)
        {
            watcher.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private static string Relative(string name) => name.Replace(Path.DirectorySeparatorChar, '/');
}
