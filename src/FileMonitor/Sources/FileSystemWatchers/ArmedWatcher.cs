using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Sources.FileSystemWatchers;

/// <summary>
/// One <see cref="FileSystemWatcher"/> on one root, from arming to disposal. Its handlers only translate and write: they run on the watcher's
/// own thread, where a slow handler makes the kernel drop events and an exception ends the watcher.
/// </summary>
/// <remarks>
/// Handlers take no lock. They may run after Dispose; the token then makes them ignore events. Owner of everything else: whoever holds the lock
/// of the <see cref="RootWatcher"/>.
/// </remarks>
internal sealed class ArmedWatcher : IDisposable
{
    // How long to wait for the old watcher to close its descriptor and free its watches.
    private static readonly TimeSpan ReleasePatience = TimeSpan.FromMilliseconds(100);

    private readonly MonitoredRoot _root;
    private readonly IChangeWriter _changes;
    private readonly Action<ArmedWatcher, Exception> _failed;
    private readonly FileSystemWatcher _watcher;
    private readonly CancellationTokenSource _givenUp = new();

    /// <exception cref="ArgumentException">The root is missing.</exception>
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

            // Used on Windows only: the largest size that also works over the network.
            InternalBufferSize = 64 * 1024,
        };
        _watcher.Created += (_, e) => Handle(FileChangeKind.Created, e.Name);
        _watcher.Changed += (_, e) => Handle(FileChangeKind.Modified, e.Name);
        _watcher.Deleted += (_, e) => Handle(FileChangeKind.Deleted, e.Name);
        _watcher.Renamed += (_, e) => HandleRename(e.Name, e.OldName);
        _watcher.Error += (_, e) => HandleError(e.GetException());
    }

    public CancellationToken GivenUp { get; }

    /// <summary>The descriptor that shows whether the watcher is alive; null when it is not known.</summary>
    internal InotifyDescriptor? Descriptor { get; private set; }

    /// <summary>How many directories got no watch.</summary>
    public int Unwatched { get; set; }

    /// <summary>How many directories are unreadable.</summary>
    public int Unreadable { get; set; }

    /// <summary>Starts the watcher. Synchronous, and visits every directory. Errors about single directories are reported meanwhile, on this thread.</summary>
    public void Enable() => Descriptor = InotifyDescriptor.ClaimNew(_root.PhysicalPath, () => _watcher.EnableRaisingEvents = true);

    public void Dispose()
    {
        if (!GivenUp.IsCancellationRequested)
        {
            _givenUp.Cancel();
            _watcher.Dispose();
            Descriptor?.Release(ReleasePatience);
            _givenUp.Dispose();
        }
    }

    private void Handle(FileChangeKind kind, string? name)
    {
        try
        {
            if (GivenUp.IsCancellationRequested)
            {
                return;
            }

            if (string.IsNullOrEmpty(name) || IsGarbled(name) || IsShort(name))
            {
                HandleIncomplete(name);
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
            // An exception here would end the process on Windows, and the watcher on Linux. The inbox does not throw.
        }
    }

    private void HandleRename(string? name, string? oldName)
    {
        if (string.IsNullOrEmpty(name) || string.IsNullOrEmpty(oldName) || IsGarbled(name) || IsGarbled(oldName) || IsShort(name) || IsShort(oldName))
        {
            // Windows may split a rename over two buffers; each half alone only says that its directory changed.
            Handle(FileChangeKind.Look, oldName);
            Handle(FileChangeKind.Look, name);
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

    private void HandleIncomplete(string? name)
    {
        var directory = name is null ? "" : PathText.DirectoryOf(Relative(name)).ToString();
        _changes.ReportLoss(_root, directory, GapCause.IncompleteHint, "A notification came without a usable name; its directory is compared with the disk.");
    }

    private void HandleError(Exception error)
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

    /// <summary>Whether the name on disk is not UTF-8: the watcher then puts a replacement character where bytes are lost.</summary>
    private static bool IsGarbled(string name) => name.Contains('\uFFFD', StringComparison.Ordinal);

    /// <summary>
    /// Whether a name on Windows may be the short one (8.3) of an item that has another: who changes an item by its short name has it reported under
    /// that. A long name that looks like one costs a comparison of its directory.
    /// </summary>
    internal static bool IsShort(string path) => Path.DirectorySeparatorChar == '\\' && path.Contains('~', StringComparison.Ordinal) && Array.Exists(path.Split('\\'), IsShortName);

    internal static bool IsShortName(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var (stem, extension) = dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..]);
        var tilde = stem.LastIndexOf('~');
        return tilde > 0 && stem.Length <= 8 && extension.Length <= 3 && stem.Length > tilde + 1 && stem.AsSpan(tilde + 1).IndexOfAnyExceptInRange('0', '9') < 0;
    }

    private static string Relative(string name) => Path.DirectorySeparatorChar == '/' ? name : name.Replace(Path.DirectorySeparatorChar, '/');
}
