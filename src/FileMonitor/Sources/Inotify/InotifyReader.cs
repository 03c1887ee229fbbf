using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Turns what the kernel says into hints, and keeps the tree of watches in step. It decides nothing by the disk: that is the pipeline's.
/// </summary>
/// <remarks>Owner: the source's thread.</remarks>
/// <param name="tree">The directories that are watched.</param>
/// <param name="changes">Where hints go.</param>
/// <param name="overflowed">Called when the kernel's queue was full, and any number of events is missing.</param>
/// <param name="rootEnded">Called when a root's own watch has ended.</param>
internal sealed class InotifyReader(InotifyTree tree, IChangeWriter changes, Action overflowed, Action<MonitoredRoot> rootEnded)
{
    private readonly List<Departure> _departures = [];
    private long _batch;

    // Of the latest event about a file: several in a row are nearly always about one.
    private WatchedDirectory? _latestDirectory;
    private string _latestDirectoryPath = "";
    private byte[] _latestName = new byte[256];
    private int _latestNameLength = -1;
    private string _latestPath = "";
    private uint _latestMask;

    /// <summary>Whether a rename was read of which the second half, if there is one, is still to come.</summary>
    public bool IsMoving => _departures.Count > 0;

    public void Read(ReadOnlySpan<byte> events)
    {
        _batch++;

        // What was said in an earlier batch may have been looked at since.
        _latestMask = 0;
        var reader = new InotifyEvents(events);
        while (reader.MoveNext())
        {
            Read(reader);
        }

        EndDepartures(_batch - 1);
    }

    /// <summary>No more events came: what left has gone where nobody watches.</summary>
    public void EndDepartures() => EndDepartures(_batch);

    private void Read(in InotifyEvents occurred)
    {
        if ((occurred.Mask & LinuxInotify.IN_Q_OVERFLOW) != 0)
        {
            _departures.Clear();
            overflowed();
            return;
        }

        if (!tree.TryFind(occurred.Watch, out var directory))
        {
            // Of a directory that has left.
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
                Tell(other, occurred);
            }
        }

        Tell(directory, occurred);
    }

    private void Tell(WatchedDirectory directory, in InotifyEvents occurred)
    {
        if ((occurred.Mask & LinuxInotify.IN_UNMOUNT) != 0)
        {
            Unmounted(directory);
        }
        else if (!occurred.Name.IsEmpty)
        {
            if ((occurred.Mask & LinuxInotify.IN_ISDIR) != 0)
            {
                TellDirectory(directory, occurred);
            }
            else
            {
                TellFile(directory, occurred);
            }
        }
    }

    private void TellFile(WatchedDirectory directory, in InotifyEvents occurred)
    {
        var isLatest = IsLatest(directory, occurred.Name);
        if (isLatest && occurred.Mask == _latestMask && occurred.Mask == LinuxInotify.IN_MODIFY)
        {
            // Each write of a long copy: nothing has happened in between.
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
                _departures.Add(new Departure(occurred.Cookie, directory, path, Directory: null, _batch));
                break;
            case LinuxInotify.IN_MOVED_TO:
                if (TryTakeDeparture(occurred.Cookie, out var departure))
                {
                    WriteMove(departure, directory, path);
                }
                else
                {
                    Write(directory, FileChangeKind.Created, path);
                }

                break;
        }
    }

    private void TellDirectory(WatchedDirectory directory, in InotifyEvents occurred)
    {
        var name = PathText.Decode(occurred.Name);
        var path = PathText.Join(tree.PathOf(directory), name);
        switch (occurred.Mask & ~LinuxInotify.IN_ISDIR)
        {
            case LinuxInotify.IN_CREATE:
                // Watched first: the hint makes the monitor look into it.
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
                _departures.Add(new Departure(occurred.Cookie, directory, path, moving, _batch));
                break;
            case LinuxInotify.IN_MOVED_TO:
                Arrive(directory, name, path, occurred.Cookie);
                break;
        }
    }

    private void Arrive(WatchedDirectory parent, string name, string path, uint cookie)
    {
        if (!TryTakeDeparture(cookie, out var departure))
        {
            tree.Appeared(parent, name);
            Write(parent, FileChangeKind.Created, path, isFinished: true);
            return;
        }

        if (departure.Directory is { IsDetached: false } moved && moved.Root == parent.Root)
        {
            tree.Moved(moved, parent, name);
        }
        else
        {
            if (departure.Directory is { IsDetached: false } left)
            {
                tree.LookAgain(left);
            }

            tree.Appeared(parent, name);
        }

        WriteMove(departure, parent, path);
    }

    private void WriteMove(in Departure departure, WatchedDirectory directory, string path)
    {
        if (departure.From.Root == directory.Root)
        {
            changes.Write(new FileChange(FileChangeKind.Renamed, directory.Root, path, departure.Path));
        }
        else
        {
            Write(departure.From, FileChangeKind.Deleted, departure.Path);
            Write(directory, FileChangeKind.Created, path);
        }
    }

    private bool TryTakeDeparture(uint cookie, out Departure departure)
    {
        var index = _departures.FindIndex(one => one.Cookie == cookie);
        departure = index < 0 ? default : _departures[index];
        if (index >= 0)
        {
            _departures.RemoveAt(index);
        }

        return index >= 0;
    }

    /// <summary>The halves of a rename stand next to each other, or nearly so: one that is still alone a whole read later stays alone.</summary>
    private void EndDepartures(long batch)
    {
        for (var index = 0; index < _departures.Count;)
        {
            var departure = _departures[index];
            if (departure.Batch > batch)
            {
                index++;
                continue;
            }

            _departures.RemoveAt(index);
            if (departure.Directory is { IsDetached: false } left)
            {
                tree.LookAgain(left);
            }

            Write(departure.From, FileChangeKind.Deleted, departure.Path);
        }
    }

    /// <summary>The file system on it is gone, and what it was mounted on is there again.</summary>
    private void Unmounted(WatchedDirectory directory)
    {
        if (directory.Parent is not { IsDetached: false } parent || tree.PathOf(directory) is not { } path)
        {
            return;
        }

        // The highest of those that were on it is enough; each of them says so.
        tree.Gone(directory);
        tree.Appeared(parent, directory.Name);
        changes.ReportLoss(directory.Root, path, GapCause.SourceRestarted, "A volume was unmounted; what is there now is compared with what was known.");
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
    private readonly record struct Departure(uint Cookie, WatchedDirectory From, string Path, WatchedDirectory? Directory, long Batch);
}
