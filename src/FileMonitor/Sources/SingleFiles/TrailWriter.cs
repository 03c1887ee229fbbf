using System.Collections.Concurrent;
using FileMonitor.Extending;

namespace FileMonitor.Sources.SingleFiles;

/// <summary>
/// Turns what a source says about the directories on the way to files into hints about these files. What it says about any other name is dropped here.
/// </summary>
/// <remarks>
/// Any thread. A hint takes no lock. A condition of a directory is one of each file that the directory is on the way to, and a file may have the same from
/// several directories: the lock guards that count.
/// </remarks>
/// <param name="changes">Receives the hints about the files.</param>
/// <param name="ask">Has the way to a file looked at again, and gives a hint about the file then.</param>
/// <param name="follow">Has the way to a file looked at again; a hint follows only if it leads elsewhere.</param>
internal sealed class TrailWriter(IChangeWriter changes, Action<FileWatch> ask, Action<FileWatch> follow) : IChangeWriter
{
    private static readonly StringComparison Comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<MonitoredRoot, TrailDirectory> _directories = new();
    private readonly Dictionary<(FileWatch File, GapCause Cause), HashSet<TrailDirectory>> _open = [];

    public void Add(TrailDirectory directory) => _directories[directory.Root] = directory;

    public void Remove(TrailDirectory directory) => _directories.TryRemove(directory.Root, out _);

    /// <summary>Replaces the names that count in a directory. Its conditions are those of the files that are new there, and not of the others.</summary>
    public void SetNames(TrailDirectory directory, TrailName[] names)
    {
        lock (_gate)
        {
            var before = FilesOf(directory);
            directory.Names = names;
            var now = FilesOf(directory);
            foreach (var (cause, detail) in directory.Conditions)
            {
                foreach (var file in before.Except(now))
                {
                    CloseUnsynchronized(file, directory, cause);
                }

                foreach (var file in now.Except(before))
                {
                    OpenUnsynchronized(file, directory, cause, detail);
                }
            }
        }
    }

    /// <inheritdoc />
    public void Write(in FileChange change)
    {
        if (!_directories.TryGetValue(change.Root, out var directory))
        {
            return;
        }

        foreach (var name in directory.Names)
        {
            if (name.Name.Equals(change.RelativePath, Comparison))
            {
                Write(name, change, change.Kind == FileChangeKind.Renamed ? FileChangeKind.Created : change.Kind);
            }
            else if (name.Name.Equals(change.OldRelativePath, Comparison))
            {
                Write(name, change, FileChangeKind.Deleted);
            }
        }
    }

    /// <summary>One look at the file finds whatever was lost about it, so that this is no gap.</summary>
    public void ReportLoss(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail)
    {
        foreach (var file in FilesOf(root))
        {
            ask(file);
        }
    }

    /// <inheritdoc />
    public void ReportUncovered(MonitoredRoot root, string relativeDirectory, GapCause cause, string detail)
    {
        lock (_gate)
        {
            if (_directories.TryGetValue(root, out var directory))
            {
                directory.Conditions[cause] = detail;
                foreach (var file in FilesOf(directory))
                {
                    OpenUnsynchronized(file, directory, cause, detail);
                }
            }
        }
    }

    /// <inheritdoc />
    public void ReportCovered(MonitoredRoot root, string relativeDirectory, GapCause cause)
    {
        lock (_gate)
        {
            if (_directories.TryGetValue(root, out var directory) && directory.Conditions.Remove(cause))
            {
                foreach (var file in FilesOf(directory))
                {
                    CloseUnsynchronized(file, directory, cause);
                    ask(file);
                }
            }
        }
    }

    /// <summary>Has the way looked at again, and the files compared.</summary>
    public Task CompareAsync(MonitoredRoot root, string relativeDirectory) => Task.WhenAll(FilesOf(root).Select(file =>
    {
        follow(file);
        return changes.CompareAsync(file.Root, "");
    }));

    private static HashSet<FileWatch> FilesOf(TrailDirectory directory) => [.. directory.Names.Select(static name => name.File)];

    private HashSet<FileWatch> FilesOf(MonitoredRoot root) => _directories.TryGetValue(root, out var directory) ? FilesOf(directory) : [];

    private void Write(in TrailName name, in FileChange change, FileChangeKind kind)
    {
        var root = name.File.Root;
        changes.Write(new FileChange(name.IsEnd ? kind : FileChangeKind.Look, root, root.FileName!)
        {
            IsFinished = name.IsEnd && change.IsFinished,
            Actor = change.Actor,
            WasWritten = name.IsEnd && change.WasWritten,
        });

        // A write changes no way. Anything else may have put a link or another item there.
        if (!name.IsEnd || kind != FileChangeKind.Modified)
        {
            ask(name.File);
        }
    }

    private void OpenUnsynchronized(FileWatch file, TrailDirectory directory, GapCause cause, string detail)
    {
        if (!_open.TryGetValue((file, cause), out var directories))
        {
            _open.Add((file, cause), directories = []);
        }

        directories.Add(directory);
        changes.ReportUncovered(file.Root, "", cause, detail);
    }

    private void CloseUnsynchronized(FileWatch file, TrailDirectory directory, GapCause cause)
    {
        if (_open.TryGetValue((file, cause), out var directories) && directories.Remove(directory) && directories.Count == 0)
        {
            _open.Remove((file, cause));
            changes.ReportCovered(file.Root, "", cause);
        }
    }
}
