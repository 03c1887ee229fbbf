using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Inotify;

/// <summary>Turns the kernel's events into hints and keeps the tree of watches in step. It does not look at items on disk; the pump does.</summary>
/// <remarks>Owner: the source's thread.</remarks>
/// <param name="tree">The watched directories.</param>
/// <param name="changes">Receives the hints.</param>
/// <param name="overflowed">Called when the kernel's queue was full, so that any number of events is missing.</param>
/// <param name="rootEnded">Called when the watch of a root itself has ended.</param>
internal sealed class InotifyReader(InotifyTree tree, IChangeWriter changes, Action overflowed, Action<MonitoredRoot> rootEnded)
{
    private readonly List<HalfRename> _halfRenames = [];
    private long _batch;

    // The latest event about a file: consecutive events are mostly about the same one.
    private WatchedDirectory? _latestDirectory;
    private string _latestDirectoryPath = "";
    private byte[] _latestName = new byte[256];
    private int _latestNameLength = -1;
    private string _latestPath = "";
    private uint _latestMask;

    /// <summary>Whether the first half of a rename was read and the second half may still come.</summary>
    public bool HasHalfRenames => _halfRenames.Count > 0;

    public void Read(ReadOnlySpan<byte> events)
    {
        _batch++;

        // The pump may have looked at the file since the last batch, so an equal event counts again.
        _latestMask = 0;
        var reader = new InotifyEvents(events);
        while (reader.MoveNext())
        {
            Read(reader);
        }

        EndHalfRenames(_batch - 1);
    }

    /// <summary>No more events came: the items have left the watched directories.</summary>
    public void EndHalfRenames() => EndHalfRenames(_batch);

    private void Read(in InotifyEvents occurred)
    {
        if ((occurred.Mask & LinuxInotify.IN_Q_OVERFLOW) != 0)
        {
            _halfRenames.Clear();
            overflowed();
            return;
        }

        if (!tree.TryFind(occurred.Watch, out var directory))
        {
            // The event is about a directory that has left the tree.
            return;
        }

        var others = tree.AlsoAt(occurred.Watch);
        if ((occurred.Mask & LinuxInotify.IN_IGNORED) != 0)
        {
            var ended = new[] { directory }.Concat(others ?? []).Where(one => one.Parent is null).Select(one => one.Root).ToArray();
            tree.WatchEnded(occurred.Watch);
            Array.ForEach(ended, rootEnded);
            return;
        }

        if (others is not null)
        {
            foreach (var other in others.ToArray())
            {
                Handle(other, occurred);
            }
        }

        Handle(directory, occurred);
    }

    private void Handle(WatchedDirectory directory, in InotifyEvents occurred)
    {
        if ((occurred.Mask & LinuxInotify.IN_UNMOUNT) != 0)
        {
            HandleUnmount(directory);
        }
        else if (!occurred.Name.IsEmpty)
        {
            if ((occurred.Mask & LinuxInotify.IN_ISDIR) != 0)
            {
                HandleDirectory(directory, occurred);
            }
            else
            {
                HandleFile(directory, occurred);
            }
        }
    }

    private void HandleFile(WatchedDirectory directory, in InotifyEvents occurred)
    {
        var isLatest = IsLatest(directory, occurred.Name);
        if (isLatest && occurred.Mask == _latestMask && occurred.Mask == LinuxInotify.IN_MODIFY)
        {
            // A further write of the same file, as in a long copy.
            return;
        }

        var path = isLatest ? _latestPath : Remember(directory, occurred.Name);
        _latestMask = occurred.Mask;
        switch (occurred.Mask)
        {
            case LinuxInotify.IN_CREATE:
                Write(directory, FileChangeKind.Created, path);
                break;
            case LinuxInotify.IN_MODIFY:
                Write(directory, FileChangeKind.Modified, path);
                break;
            case LinuxInotify.IN_CLOSE_WRITE:
                Write(directory, FileChangeKind.Look, path, isFinished: true);
                break;
            case LinuxInotify.IN_ATTRIB:
                Write(directory, FileChangeKind.Look, path);
                break;
            case LinuxInotify.IN_DELETE:
                Write(directory, FileChangeKind.Deleted, path);
                break;
            case LinuxInotify.IN_MOVED_FROM:
                _halfRenames.Add(new HalfRename(occurred.Cookie, directory, path, Directory: null, _batch));
                break;
            case LinuxInotify.IN_MOVED_TO:
                if (TryTakeHalfRename(occurred.Cookie, out var halfRename))
                {
                    WriteRename(halfRename, directory, path);
                }
                else
                {
                    Write(directory, FileChangeKind.Created, path);
                }

                break;
        }
    }

    private void HandleDirectory(WatchedDirectory directory, in InotifyEvents occurred)
    {
        var name = PathText.Decode(occurred.Name);
        var path = PathText.Join(tree.PathOf(directory), name);
        switch (occurred.Mask & ~LinuxInotify.IN_ISDIR)
        {
            case LinuxInotify.IN_CREATE:
                // Watch first: the hint makes the pump list the directory.
                tree.Appeared(directory, name);

                // A directory is complete when it is made.
                Write(directory, FileChangeKind.Created, path, isFinished: true);
                break;
            case LinuxInotify.IN_ATTRIB:
                Write(directory, FileChangeKind.Look, path);
                break;
            case LinuxInotify.IN_DELETE:
                if (tree.TryFind(directory, name, out var deleted))
                {
                    tree.Gone(deleted);
                }

                Write(directory, FileChangeKind.Deleted, path);
                break;
            case LinuxInotify.IN_MOVED_FROM:
                tree.TryFind(directory, name, out var moving);
                _halfRenames.Add(new HalfRename(occurred.Cookie, directory, path, moving, _batch));
                break;
            case LinuxInotify.IN_MOVED_TO:
                HandleMovedTo(directory, name, path, occurred.Cookie);
                break;
        }
    }

    private void HandleMovedTo(WatchedDirectory parent, string name, string path, uint cookie)
    {
        if (!TryTakeHalfRename(cookie, out var halfRename))
        {
            tree.Appeared(parent, name);
            Write(parent, FileChangeKind.Created, path, isFinished: true);
            return;
        }

        if (halfRename.Directory is { IsDetached: false } moved && moved.Root == parent.Root)
        {
            tree.Moved(moved, parent, name);
        }
        else
        {
            if (halfRename.Directory is { IsDetached: false } left)
            {
                tree.LookAgain(left);
            }

            tree.Appeared(parent, name);
        }

        WriteRename(halfRename, parent, path);
    }

    private void WriteRename(in HalfRename halfRename, WatchedDirectory directory, string path)
    {
        if (halfRename.From.Root == directory.Root)
        {
            changes.Write(new FileChange(FileChangeKind.Renamed, directory.Root, path, halfRename.Path));
        }
        else
        {
            Write(halfRename.From, FileChangeKind.Deleted, halfRename.Path);
            Write(directory, FileChangeKind.Created, path);
        }
    }

    private bool TryTakeHalfRename(uint cookie, out HalfRename halfRename)
    {
        var index = _halfRenames.FindIndex(one => one.Cookie == cookie);
        halfRename = index < 0 ? default : _halfRenames[index];
        if (index >= 0)
        {
            _halfRenames.RemoveAt(index);
        }

        return index >= 0;
    }

    /// <summary>
    /// Reports first halves of renames without a second half as deleted. The halves follow each other almost directly: if the second was not in
    /// the next read, it does not come.
    /// </summary>
    private void EndHalfRenames(long batch)
    {
        for (var index = 0; index < _halfRenames.Count;)
        {
            var halfRename = _halfRenames[index];
            if (halfRename.Batch > batch)
            {
                index++;
                continue;
            }

            _halfRenames.RemoveAt(index);
            if (halfRename.Directory is { IsDetached: false } left)
            {
                tree.LookAgain(left);
            }

            Write(halfRename.From, FileChangeKind.Deleted, halfRename.Path);
        }
    }

    /// <summary>The file system at this directory was unmounted; the directory below the mount point is visible again.</summary>
    private void HandleUnmount(WatchedDirectory directory)
    {
        if (directory.Parent is not { IsDetached: false } parent || tree.PathOf(directory) is not { } path)
        {
            return;
        }

        // The kernel reports each watched directory of the file system; the removal of the highest also removes the others.
        tree.Gone(directory);
        tree.Appeared(parent, directory.Name);
        changes.ReportLoss(directory.Root, path, GapCause.SourceRestarted, "A volume was unmounted; the directory is compared with the disk.");
    }

    private void Write(WatchedDirectory directory, FileChangeKind kind, string path, bool isFinished = false) =>
        changes.Write(new FileChange(kind, directory.Root, path) { IsFinished = isFinished });

    private bool IsLatest(WatchedDirectory directory, ReadOnlySpan<byte> name) =>
        directory == _latestDirectory
        && name.SequenceEqual(_latestName.AsSpan(0, Math.Max(_latestNameLength, 0)))
        && ReferenceEquals(_latestDirectoryPath, tree.PathOf(directory));

    private string Remember(WatchedDirectory directory, ReadOnlySpan<byte> name)
    {
        _latestDirectory = directory;
        _latestDirectoryPath = tree.PathOf(directory);
        _latestPath = PathText.Join(_latestDirectoryPath, name);
        if (name.Length > _latestName.Length)
        {
            _latestName = new byte[name.Length];
        }

        name.CopyTo(_latestName);
        _latestNameLength = name.Length;
        return _latestPath;
    }

    /// <summary>The first half of a rename.</summary>
    private readonly record struct HalfRename(uint Cookie, WatchedDirectory From, string Path, WatchedDirectory? Directory, long Batch);
}
