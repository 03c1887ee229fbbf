using FileMonitor.Extending;
using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Puts directories at their places in the tree by the number of their watch. A number that is known at another place means that the directory
/// has left that place, with everything below it. Owner: the source's thread.
/// </summary>
internal sealed class Placement(
    DirectoryTree<WatchedDirectory> tree, WatchedRoots roots, WatchMap watches, WatchSetter setter, ReadQueue queue, IChangeWriter changes)
{
    private const int ENOSPC = 28;

    public bool IsIgnored(WatchedDirectory parent, string name) =>
        !parent.Root.Rules.IsEmpty && parent.Root.IsIgnoredDirectory(tree.PathOf(parent, name));

    public WatchedDirectory FindOrAdd(WatchedDirectory parent, string name)
    {
        if (!tree.TryFind(parent, name, out var directory))
        {
            directory = new WatchedDirectory(parent.Root, parent, name);
            tree.Add(directory);
        }

        return directory;
    }

    /// <summary>Watches the directory that is on disk where the tree has this one, and puts it there.</summary>
    /// <inheritdoc cref="Put(WatchedDirectory, int)"/>
    public WatchedDirectory? Watch(WatchedDirectory directory) => Put(directory, setter.Set(directory));

    /// <summary>Puts the watched directory at the place of a node.</summary>
    /// <returns>The directory, when it was not watched before and so has to be read; otherwise null.</returns>
    public WatchedDirectory? Put(WatchedDirectory directory, int watch)
    {
        if (watch == WatchSetter.Elsewhere)
        {
            PostponeReading(directory.Parent!);
            return null;
        }

        if (watch < 0)
        {
            NoteFailure(directory, -watch);
            return null;
        }

        return PutWatched(directory, watch);
    }

    /// <summary>Puts another directory than expected under a name, and reads it if it is new.</summary>
    public void PlaceAndRead(WatchedDirectory parent, string name, int watch)
    {
        if (Put(FindOrAdd(parent, name), watch) is { } watched)
        {
            LookInto(watched);
        }
    }

    /// <summary>Has a directory read and gives a hint about it: events about its contents, files included, may be missing.</summary>
    public void LookInto(WatchedDirectory directory)
    {
        queue.Add(new ReadRequest(directory, queue.OldestRound, IsWalk: false, Announces: true));
        if (directory.Parent is not null)
        {
            changes.Write(new FileChange(FileChangeKind.Created, directory.Root, tree.PathOf(directory)));
        }
    }

    /// <summary>
    /// An event says that a directory left its place, but not which one: the directory known there may have come afterwards, by an event that
    /// was read already. Checks by the watch.
    /// </summary>
    public void LookAgain(WatchedDirectory directory)
    {
        var watch = setter.Set(directory);
        if (watch == WatchSetter.Elsewhere)
        {
            // It is found again when its parent is read.
            PostponeReading(directory.Parent!);
            Gone(directory);
        }
        else if (watch != directory.Watch && Put(directory, watch) is { } watched)
        {
            LookInto(watched);
        }
    }

    /// <summary>The directory is not where the tree has it: it is read once the events are read that say where it is.</summary>
    public void PostponeReading(WatchedDirectory directory) =>
        queue.Postpone(new ReadRequest(directory, queue.OldestRound, IsWalk: false, Announces: true));

    /// <summary>
    /// Removes a directory that has left its place, with everything below it. A directory that is found elsewhere keeps its watch; the other
    /// watches are removed later.
    /// </summary>
    public void Gone(WatchedDirectory top) => tree.Remove(top, directory =>
    {
        roots.Of(directory).NoteWatched(directory);
        watches.Displace(directory);
    });

    /// <summary>Notes that a directory could not be watched or read.</summary>
    public void NoteFailure(WatchedDirectory directory, int error)
    {
        var root = roots.Of(directory);
        switch (error)
        {
            case var _ when WatchSetter.HasLeft(error):
                // It has left. The event that says where to, or that it was deleted, is still to come.
                if (directory.Parent is not null && !directory.IsDetached)
                {
                    Gone(directory);
                }

                break;
            case var _ when directory.IsDetached:
                break;
            case LinuxErrors.EACCES or LinuxErrors.EPERM:
                root.NoteUnreadable(directory, LinuxErrors.Describe(error));
                break;
            default:
                root.NoteUnwatched(directory, error == ENOSPC ? null : WatchLimit.ExplainNotWatched(error));
                break;
        }
    }

    /// <summary>Puts the directory with this watch at the place of a node.</summary>
    public WatchedDirectory? PutWatched(WatchedDirectory directory, int watch)
    {
        if (directory.Watch == watch)
        {
            return null;
        }

        if (directory.Watch != WatchedDirectory.NoWatch)
        {
            // The watch of this node belongs to another directory, and so do the known directories below it.
            directory = ReplaceNode(directory);
        }

        if (!watches.TryFind(watch, out var known))
        {
            watches.Set(directory, watch);
            return directory;
        }

        var there = setter.Set(known);
        if (there == watch)
        {
            // One directory with two paths.
            watches.SetAlso(directory, watch);
            return directory;
        }

        queue.NoteContradiction();
        var former = known.Parent;
        var result = Replace(directory, known, watch);
        watches.GiveBackUnknown(there);
        if (there >= 0 && former is { IsDetached: false })
        {
            // Another directory is at its former place.
            queue.Add(new ReadRequest(former, queue.OldestRound, IsWalk: false, Announces: true));
        }

        return result;
    }

    private WatchedDirectory ReplaceNode(WatchedDirectory directory)
    {
        queue.NoteContradiction();
        if (directory.Parent is { } parent)
        {
            Gone(directory);
            var anew = new WatchedDirectory(directory.Root, parent, directory.Name);
            tree.Add(anew);
            return anew;
        }

        // A replaced root is walked through, which removes the directories that were below it.
        watches.Displace(directory);
        return directory;
    }

    /// <summary>Puts a directory that is known elsewhere at this place. The event that reports the move is still to come.</summary>
    private WatchedDirectory? Replace(WatchedDirectory directory, WatchedDirectory known, int watch)
    {
        var (root, parent, name) = (directory.Root, directory.Parent, directory.Name);
        if (parent is not null && known.Parent is not null && known.Root == root && !DirectoryTree<WatchedDirectory>.IsAtOrBelow(parent, known))
        {
            Gone(directory);
            if (known.IsDetached)
            {
                known = new WatchedDirectory(root, parent, name);
                tree.Add(known);
                watches.Set(known, watch);
                return known;
            }

            tree.Move(known, parent, name);

            // Its contents may have changed.
            return known;
        }

        if (DirectoryTree<WatchedDirectory>.IsAtOrBelow(directory, known))
        {
            // It would be inside itself: a directory above it has left it, and the event that says so is still to come.
            if (parent is not null)
            {
                Gone(directory);
                PostponeReading(parent);
            }

            return null;
        }

        if (known.Parent is null)
        {
            // A root was moved below another: its RootWatch finds out. Here it is a directory like any other.
            watches.Displace(known);
        }
        else
        {
            Gone(known);
        }

        watches.Set(directory, watch);
        return directory;
    }
}
