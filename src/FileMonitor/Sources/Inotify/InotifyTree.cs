using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Gives every directory below the roots its watch and knows which directory a watch is of. A directory is watched first and read then, so
/// that what is made in it meanwhile is either found or told. Here is what the events say; the parts are <see cref="WatchMap"/>,
/// <see cref="WatchSetter"/>, <see cref="Placement"/>, <see cref="ReadQueue"/> and <see cref="DirectoryReader"/>.
/// </summary>
/// <remarks>
/// Owner: the source's thread. The tree follows the events in their order, so it is behind the disk, and a path of the tree may lead to
/// another directory by now. What keeps it right is that the kernel answers with the same number for the same directory:
/// <list type="bullet">
/// <item>Something is watched or listed only in a directory that is open, and whose number is that of the tree
/// (<see cref="WatchSetter.OpenInPlace"/>). Where the path leads elsewhere, the event that says so is still to come, and it is tried again after it.</item>
/// <item>So the tree is ahead of the events only about a name in a directory that is certain. Whatever comes to that name later comes by an
/// event that names it, and at each such event it is watched again, a rename included.</item>
/// <item>A number that is known by another place is a directory that has left it (<see cref="Placement"/>); what is below it goes with it.</item>
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

    /// <summary>How many directories are watched; read by any thread, about right.</summary>
    public int Watches => _watches.Count;

    /// <summary>Whether directories are still to be read.</summary>
    public bool HasWork => _queue.HasWork;

    /// <summary>Whether directories wait for the events that say where they are.</summary>
    public bool IsBehind => _queue.IsBehind;

    /// <summary>Whether the disk and the events contradicted each other lately: directories were moved while they were read.</summary>
    public bool IsInDoubt => _queue.IsInDoubt;

    public string PathOf(WatchedDirectory directory) => _tree.PathOf(directory);

    /// <summary>The paths of some directories; null when they are too many.</summary>
    public IReadOnlyList<string>? PathsOf(IReadOnlyCollection<WatchedDirectory> directories, int most) =>
        directories.Count > most ? null : [.. directories.Select(_tree.PathOf)];

    public bool TryFind(int watch, [NotNullWhen(true)] out WatchedDirectory? directory) => _watches.TryFind(watch, out directory);

    /// <summary>The other places of the directory with that watch; null nearly always.</summary>
    public IReadOnlyList<WatchedDirectory>? AlsoAt(int watch) => _watches.AlsoAt(watch);

    public bool TryFind(WatchedDirectory parent, string name, [NotNullWhen(true)] out WatchedDirectory? directory) =>
        _tree.TryFind(parent, name, out directory);

    /// <summary>Walks through a whole root; what is no longer there is forgotten at the end of it.</summary>
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
            _queue.Add(new Reading(top, _queue.Round, IsWalk: true, Announces: false));
        }

        return 0;
    }

    /// <summary>The walk is over: what was not seen is looked for once more, since it may have been moved to where the walk had been already.</summary>
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
                _queue.Add(new Reading(watched, _queue.RoundUnderWay, IsWalk: true, Announces: true));
            }
        }
    }

    /// <summary>
    /// Walks through the roots once more after contradictions: each was put right by itself, but several at once may have hidden another one.
    /// What is not watched yet is watched, and looked into.
    /// </summary>
    public void WalkAgain(IEnumerable<WatchedRoot> roots)
    {
        _queue.EndDoubt();
        foreach (var root in roots.Where(root => root.Top is not null && root.Root.Recursive))
        {
            root.Walk++;
            _queue.Add(new Reading(root.Top!, _queue.Round, IsWalk: true, Announces: true));
            WhenRead(() => EndWalk(root));
        }
    }

    /// <summary>A directory appeared, or was moved here from where it was not watched.</summary>
    public void Appeared(WatchedDirectory parent, string name)
    {
        if (parent.Root.Recursive && !_placement.IsIgnored(parent, name) && _placement.Watch(_placement.FindOrAdd(parent, name)) is { } watched)
        {
            _queue.Add(new Reading(watched, _queue.Round, IsWalk: false, Announces: true));
        }
    }

    /// <summary>
    /// Something was mounted or unmounted at a path, which no event says: what is there now is watched, and what is below it is read.
    /// </summary>
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

    /// <summary>By an event a directory has another place in the same root. Which one it was is only known by what stands there.</summary>
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
            // The tree is ahead here: what left its place by this event was another one, or has moved on since.
            _queue.NoteDoubt();
            if (watch >= 0)
            {
                _placement.Observe(parent, name, watch);
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
                // It was known below what it replaces, where it cannot have been by then.
                if (watch >= 0)
                {
                    _placement.Observe(parent, name, watch);
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
            // What was ignored below it by its path may not be any more.
            _queue.Add(new Reading(directory, _queue.Round, IsWalk: true, Announces: true));
        }
    }

    /// <inheritdoc cref="Placement.LookAgain"/>
    public void LookAgain(WatchedDirectory directory) => _placement.LookAgain(directory);

    /// <inheritdoc cref="Placement.Gone"/>
    public void Gone(WatchedDirectory top) => _placement.Gone(top);

    /// <summary>The kernel has taken a watch away: the directory was deleted, or its file system unmounted.</summary>
    public void WatchEnded(int watch)
    {
        _watches.NoteEnded(watch);
        while (_watches.TryFind(watch, out var directory))
        {
            _watches.Unset(directory);
            if (directory.Parent is not null)
            {
                // Without its number nobody could tell it from the one that has its name by now.
                Gone(directory);
            }
        }
    }

    /// <summary>A root is no longer watched; what is known below it is given up.</summary>
    public void Forget(WatchedRoot root)
    {
        if (root.Top is { } top)
        {
            root.Top = null;
            Gone(top);
        }
    }

    /// <summary>Does something once all is read that is to be read now, and what comes to light by it.</summary>
    public void WhenRead(Action then) => _queue.WhenRead(then);

    /// <summary>Reads some of the directories that are still to be read; events are read in between, so that the kernel's queue does not fill up.</summary>
    public void Read(int most)
    {
        _reader.Read(most);
        if (!HasWork && !IsBehind)
        {
            _watches.RemoveUnplaced();
        }
    }

    /// <summary>Tries again to read the directories that were not where the tree has them.</summary>
    /// <param name="isQuiet">Whether no event has come meanwhile.</param>
    public void ReadPostponed(bool isQuiet) => _queue.AddPostponed(isQuiet);

    /// <inheritdoc cref="WatchSetter.IsInPlace"/>
    public bool IsInPlace(WatchedRoot root) => _setter.IsInPlace(root);

    private WatchedDirectory AddTop(WatchedRoot root)
    {
        var top = new WatchedDirectory(root.Root, parent: null, "");
        _tree.Add(top);
        return top;
    }

    /// <summary>The next directory in a walk through what is below another: down first, then aside, then up and aside.</summary>
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
