using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Sources.FileSystemWatchers;

/// <summary>
/// One <see cref="FileSystemWatcher"/> on one root, from arming to being given up. Its handlers translate and write, nothing else: they run
/// on the watcher's own thread, where a slow one makes the kernel drop events and a throwing one ends the watcher.
/// </summary>
/// <remarks>
/// Handlers take no lock. They run on after Dispose; the token says that this one was given up and is not heard any more. All else
/// belongs to whoever holds the lock of the <see cref="RootWatcher"/>.
/// </remarks>
internal sealed class ArmedWatcher : IDisposable
{
    // How long the old watcher may take to let go of its descriptor and its watches.
    private static readonly TimeSpan LettingGo = TimeSpan.FromMilliseconds(100);

    private readonly MonitoredRoot _root;
    private readonly IChangeWriter _changes;
    private readonly Action<ArmedWatcher, Exception> _failed;
    private readonly FileSystemWatcher _watcher;
    private readonly CancellationTokenSource _givenUp = new();

    /// <exception cref="ArgumentException">The root is not there.</exception>
    public ArmedWatcher(MonitoredRoot root, NotifyFilters filters, IChangeWriter changes, Action<ArmedWatcher, Exception> failed)
    {
        _root = root;
        _changes = changes;
        _failed = failed;
        GivenUp = _givenUp.Token;
        _watcher = new FileSystemWatcher(root.PhysicalPath)
        {
            IncludeSubdirectories = root.Recursive,
            NotifyFilter = filters,

            // Only Windows uses it: the most that also works over the network.
            InternalBufferSize = 64 * 1024,
        };
        _watcher.Created += (_, e) => Hear(FileChangeKind.Created, e.Name);
        _watcher.Changed += (_, e) => Hear(FileChangeKind.Modified, e.Name);
        _watcher.Deleted += (_, e) => Hear(FileChangeKind.Deleted, e.Name);
        _watcher.Renamed += (_, e) => HearRename(e.Name, e.OldName);
        _watcher.Error += (_, e) => HearError(e.GetException());
    }

    public CancellationToken GivenUp { get; }

    /// <summary>By which it is known to be alive; null when that is not known.</summary>
    internal InotifyDescriptor? Descriptor { get; private set; }

    /// <summary>Directories that it cannot watch for want of watches.</summary>
    public int Unwatched { get; set; }

    /// <summary>Directories that it may not read.</summary>
    public int Unreadable { get; set; }

    /// <summary>Synchronous, and it visits every directory. Errors about single directories are heard meanwhile, on this thread.</summary>
    public void Enable() => Descriptor = InotifyDescriptor.ClaimNew(_root.PhysicalPath, () => _watcher.EnableRaisingEvents = true);

    public void Dispose()
    {
        if (!GivenUp.IsCancellationRequested)
        {
            _givenUp.Cancel();
            _watcher.Dispose();
            Descriptor?.Release(LettingGo);
            _givenUp.Dispose();
        }
    }

    private void Hear(FileChangeKind kind, string? name)
    {
        try
        {
            if (GivenUp.IsCancellationRequested)
            {
                return;
            }

            if (string.IsNullOrEmpty(name) || IsGarbled(name))
            {
                HearIncomplete(name);
                return;
            }

            var path = Relative(name);
            if (!_root.Sentinels.TryHear(path, kind == FileChangeKind.Deleted))
            {
                _changes.Write(new FileChange(kind, _root, path));
            }
        }
        catch (Exception)
        {
            // On Windows an exception here ends the process, on Linux the watcher. The queue does not throw; if it did, there is nobody to tell.
        }
    }

    private void HearRename(string? name, string? oldName)
    {
        if (string.IsNullOrEmpty(name) || string.IsNullOrEmpty(oldName) || IsGarbled(name) || IsGarbled(oldName))
        {
            // Windows splits a rename over two buffers; each half alone says only that its directory changed.
            Hear(FileChangeKind.Look, oldName);
            Hear(FileChangeKind.Look, name);
            return;
        }

        try
        {
            if (!GivenUp.IsCancellationRequested)
            {
                _changes.Write(new FileChange(FileChangeKind.Renamed, _root, Relative(name), Relative(oldName)));
            }
        }
        catch (Exception)
        {
            // As above.
        }
    }

    private void HearIncomplete(string? name)
    {
        var directory = name is null ? "" : PathText.DirectoryOf(Relative(name)).ToString();
        _changes.ReportLoss(_root, directory, GapCause.IncompleteHint, "A notification came without a usable name; its directory is compared with the disk.");
    }

    private void HearError(Exception error)
    {
        try
        {
            if (!GivenUp.IsCancellationRequested)
            {
                _failed(this, error);
            }
        }
        catch (Exception)
        {
            // As above.
        }
    }

    /// <summary>The name on disk is not UTF-8: the watcher put a replacement character where bytes were lost.</summary>
    private static bool IsGarbled(string name) => name.Contains('\uFFFD', StringComparison.Ordinal);

    private static string Relative(string name) => Path.DirectorySeparatorChar == '/' ? name : name.Replace(Path.DirectorySeparatorChar, '/');
}
