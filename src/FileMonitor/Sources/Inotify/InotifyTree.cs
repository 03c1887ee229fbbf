using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Watches every directory below the roots and knows the directory of each watch. A directory is watched first and then read, so that a
/// subdirectory created meanwhile is found by one of the two. This class handles the events; the parts are <see cref="WatchMap"/>,
/// <see cref="WatchSetter"/>, <see cref="Placement"/>, <see cref="ReadQueue"/> and <see cref="DirectoryReader"/>.
/// </summary>
/// <remarks>
/// Owner: the source's thread. The tree follows the events in their order, so it is behind the disk, and a path of the tree may lead to
/// another directory by now. It stays right because the kernel returns the same watch number for the same directory:
/// <list type="bullet">
/// <item>A name is watched, and a directory listed, only through an open directory whose number is that of the tree
/// (<see cref="WatchSetter.OpenInPlace"/>). Where the path leads elsewhere, the event that says so is still to come: try again after it.</item>
/// <item>So the tree is ahead of the events only for names in a directory that is certain. A later change of such a name comes with an event
/// that names it, and at each such event, also a rename, the name is watched again.</item>
/// <item>A number that is known at another place means that the directory has left that place, with everything below it
/// (<see cref="Placement"/>).</item>
/// </list>
/// </remarks>
internal sealed class InotifyTree
{
    private readonly DirectoryTree<WatchedDirectory> _tree = new();
    private readonly WatchedRoots _roots = new();
    private readonly ReadQueue _queue = new();
    private readonly WatchMap _watches;
    private readonly WatchSetter _setter;
    private readonly Placement _placement;
    private readonly DirectoryReader _reader;

    public InotifyTree(SafeFileHandle inotify, uint mask, IChangeWriter changes)
    {
        _watches = new WatchMap(inotify, _roots);
        _setter = new WatchSetter(inotify, mask, new PathOpener(_tree), _watches);
        _placement = new Placement(_tree, _roots, _watches, _setter, _queue, changes);
        _reader = new DirectoryReader(_placement, _tree, _roots, _setter, _queue, changes);
    }

    /// <summary>How many directories are watched; approximate when read by another thread.</summary>
    public int Watches => _watches.Count;

    /// <summary>Whether directories are still to be read.</summary>
    public bool HasWork => _queue.HasWork;

    /// <summary>Whether directories wait for events that say where they are now.</summary>
    public bool HasPostponed => _queue.HasPostponed;

    /// <summary>Whether the disk and the events contradicted each other, because directories were moved while they were read.</summary>
    public bool HasContradiction => _queue.HasContradiction;

    public string PathOf(WatchedDirectory directory) => _tree.PathOf(directory);

    /// <summary>The paths of some directories; null when they are too many.</summary>
    public IReadOnlyList<string>? PathsOf(IReadOnlyCollection<WatchedDirectory> directories, int most) =>
        directories.Count > most ? null : [.. directories.Select(_tree.PathOf)];

    public bool TryFind(int watch, [NotNullWhen(true)] out WatchedDirectory? directory) => _watches.TryFind(watch, out directory);

    /// <summary>The other places of the directory with this watch; almost always null.</summary>
    public IReadOnlyList<WatchedDirectory>? AlsoAt(int watch) => _watches.AlsoAt(watch);

    public bool TryFind(WatchedDirectory parent, string name, [NotNullWhen(true)] out WatchedDirectory? directory) =>
        _tree.TryFind(parent, name, out directory);

    /// <summary>Starts a walk through a root, which reads every directory.</summary>
    /// <returns>The system's error when the root itself cannot be watched; otherwise 0.</returns>
    public int BeginWalk(WatchedRoot root)
    {
        _roots.Add(root);
        root.BeginWalk();
        var top = root.Top ??= AddTop(root);
        var watch = _setter.Set(top);
        if (watch < 0)
        {
            Forget(root);
            return -watch;
        }

        _placement.PutWatched(top, watch);
        if (root.Root.Recursive)
        {
            _queue.Add(new ReadRequest(top, _queue.Round, IsWalk: true, Announces: false));
        }

        return 0;
    }

    /// <summary>
    /// Ends a walk: looks once more for each directory that the walk did not read, since it may have been moved to a place that the walk had
    /// passed.
    /// </summary>
    public void EndWalk(WatchedRoot root)
    {
        if (root.Top is not { } top)
        {
            return;
        }

        var unread = new List<WatchedDirectory>();
        for (WatchedDirectory? directory = top; directory is not null; directory = Next(directory, top))
        {
            if (directory.ReadInWalk != root.Walk && directory != top)
            {
                unread.Add(directory);
            }
        }

        foreach (var directory in unread.Where(directory => !directory.IsDetached))
        {
            var watched = _placement.Watch(directory) ?? directory;
            if (!watched.IsDetached && watched.ReadInWalk != root.Walk)
            {
                _queue.Add(new ReadRequest(watched, _queue.OldestRound, IsWalk: true, Announces: true));
            }
        }
    }

    /// <summary>
    /// Walks through the roots again after contradictions. Each was repaired by itself, but several at once may have hidden another one.
    /// Directories that are not watched yet are watched and read.
    /// </summary>
    public void WalkAgain(IEnumerable<WatchedRoot> roots)
    {
        _queue.ClearContradiction();
        foreach (var root in roots.Where(root => root.Top is not null && root.Root.Recursive))
        {
            root.Walk++;
            _queue.Add(new ReadRequest(root.Top!, _queue.Round, IsWalk: true, Announces: true));
            WhenRead(() => EndWalk(root));
        }
    }

    /// <summary>A directory was created, or moved here from an unwatched place.</summary>
    public void Appeared(WatchedDirectory parent, string name)
    {
        if (parent.Root.Recursive && !_placement.IsIgnored(parent, name) && _placement.Watch(_placement.FindOrAdd(parent, name)) is { } watched)
        {
            _queue.Add(new ReadRequest(watched, _queue.Round, IsWalk: false, Announces: true));
        }
    }

    /// <summary>After a mount or unmount at a path, which no event reports: watches the directory that is there now and reads it.</summary>
    /// <returns>False when the directory it lies in is not watched.</returns>
    public bool Remounted(WatchedRoot root, string path)
    {
        var parent = root.Root.Recursive ? root.Top : null;
        var name = path;
        for (int slash; parent is not null && (slash = name.IndexOf('/', StringComparison.Ordinal)) >= 0; name = name[(slash + 1)..])
        {
            parent = _tree.TryFind(parent, name[..slash], out var child) ? child : null;
        }

        if (parent is null || _placement.IsIgnored(parent, name))
        {
            return false;
        }

        if (_tree.TryFind(parent, name, out var hidden))
        {
            Gone(hidden);
        }

        Appeared(parent, name);
        return true;
    }

    /// <summary>An event says that a directory was moved within the root. The watch of the directory at the new place shows which one it was.</summary>
    public void Moved(WatchedDirectory directory, WatchedDirectory parent, string name)
    {
        if (_placement.IsIgnored(parent, name))
        {
            LookAgain(directory);
            return;
        }

        var watch = _setter.SetIn(parent, name);
        var isInItself = DirectoryTree<WatchedDirectory>.IsAtOrBelow(parent, directory);
        if (isInItself || (watch >= 0 && watch != directory.Watch))
        {
            // The tree is ahead of the events here: another directory left by this event, or this one was moved again.
            _queue.NoteContradiction();
            if (watch >= 0)
            {
                _placement.PlaceAndRead(parent, name, watch);
            }

            if (!directory.IsDetached)
            {
                LookAgain(directory);
            }

            return;
        }

        if (_tree.TryFind(parent, name, out var replaced) && replaced != directory)
        {
            Gone(replaced);
            if (directory.IsDetached)
            {
                // The tree had it below the directory that it replaces, where it cannot have been.
                if (watch >= 0)
                {
                    _placement.PlaceAndRead(parent, name, watch);
                }

                return;
            }
        }

        _tree.Move(directory, parent, name);
        if (watch == WatchSetter.Elsewhere)
        {
            _placement.PostponeReading(parent);
        }

        if (!directory.Root.Rules.IsEmpty)
        {
            // Directories that were ignored below it because of their path may not be ignored now.
            _queue.Add(new ReadRequest(directory, _queue.Round, IsWalk: true, Announces: true));
        }
    }

    /// <inheritdoc cref="Placement.LookAgain"/>
    public void LookAgain(WatchedDirectory directory) => _placement.LookAgain(directory);

    /// <inheritdoc cref="Placement.Gone"/>
    public void Gone(WatchedDirectory top) => _placement.Gone(top);

    /// <summary>The kernel removed a watch: the directory was deleted, or its file system unmounted.</summary>
    public void WatchEnded(int watch)
    {
        _watches.NoteEnded(watch);
        while (_watches.TryFind(watch, out var directory))
        {
            _watches.Unset(directory);
            if (directory.Parent is not null)
            {
                // Without the number of its watch it cannot be told from another directory with its name.
                Gone(directory);
            }
        }
    }

    /// <summary>A root is no longer watched: removes all its directories.</summary>
    public void Forget(WatchedRoot root)
    {
        if (root.Top is { } top)
        {
            root.Top = null;
            Gone(top);
        }
    }

    /// <summary>Runs an action once all directories that are queued now, and those found in them, are read.</summary>
    public void WhenRead(Action then) => _queue.WhenRead(then);

    /// <summary>Reads some of the queued directories. Events are read in between, so that the kernel's queue does not fill up.</summary>
    public void Read(int most)
    {
        _reader.Read(most);
        if (!HasWork && !HasPostponed)
        {
            _watches.RemoveUnplaced();
        }
    }

    /// <summary>Queues the postponed directories again.</summary>
    /// <param name="isQuiet">Whether no event came since they were postponed.</param>
    public void ReadPostponed(bool isQuiet) => _queue.AddPostponed(isQuiet);

    /// <inheritdoc cref="WatchSetter.IsInPlace"/>
    public bool IsInPlace(WatchedRoot root) => _setter.IsInPlace(root);

    private WatchedDirectory AddTop(WatchedRoot root)
    {
        var top = new WatchedDirectory(root.Root, parent: null, "");
        _tree.Add(top);
        return top;
    }

    /// <summary>The next directory in a walk below another one: child first, then sibling, then the sibling of a parent.</summary>
    private static WatchedDirectory? Next(WatchedDirectory directory, WatchedDirectory top)
    {
        if (directory.FirstChild is WatchedDirectory child)
        {
            return child;
        }

        for (var current = directory; current != top; current = current.Parent!)
        {
            if (current.NextSibling is WatchedDirectory sibling)
            {
                return sibling;
            }
        }

        return null;
    }
}
