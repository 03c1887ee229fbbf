using FileMonitor.Extending;
using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Gives a directory its place in the tree by the number that the kernel answers for it: a number that is known by another place is a directory
/// that has left it, and what is below it goes with it. Owner: the source's thread.
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

    /// <summary>Watches what stands where a directory is known.</summary>
    /// <inheritdoc cref="Put(WatchedDirectory, int)"/>
    public WatchedDirectory? Watch(WatchedDirectory directory) => Put(directory, setter.Set(directory));

    /// <summary>Places what was watched under a directory's name.</summary>
    /// <returns>The directory that stands there, when it was not watched before and so has to be read; otherwise null.</returns>
    public WatchedDirectory? Put(WatchedDirectory directory, int watch)
    {
        if (watch == WatchSetter.Elsewhere)
        {
            PostponeReading(directory.Parent!);
            return null;
        }

        if (watch < 0)
        {
            Refuse(directory, -watch);
            return null;
        }

        return PutWatched(directory, watch);
    }

    /// <summary>Another directory than was thought stands under a name.</summary>
    public void Observe(WatchedDirectory parent, string name, int watch)
    {
        if (Put(FindOrAdd(parent, name), watch) is { } watched)
        {
            LookInto(watched);
        }
    }

    /// <summary>Nothing was heard of it for a while: what is in it, files too, is looked at.</summary>
    public void LookInto(WatchedDirectory directory)
    {
        queue.Add(new Reading(directory, queue.RoundUnderWay, IsWalk: false, Announces: true));
        if (directory.Parent is not null)
        {
            changes.Write(new FileChange(FileChangeKind.Created, directory.Root, tree.PathOf(directory)));
        }
    }

    /// <summary>
    /// By an event something has left its place; but which directory that was is not said, and what is known there may be one that came
    /// afterwards, by an event that was read already.
    /// </summary>
    public void LookAgain(WatchedDirectory directory)
    {
        var watch = setter.Set(directory);
        if (watch == WatchSetter.Elsewhere)
        {
            // It is found again when the directory above is.
            PostponeReading(directory.Parent!);
            Gone(directory);
        }
        else if (watch != directory.Watch && Put(directory, watch) is { } watched)
        {
            LookInto(watched);
        }
    }

    /// <summary>The directory is not where it must be: what is in it is found once the events are read that say where it is.</summary>
    public void PostponeReading(WatchedDirectory directory) =>
        queue.Postpone(new Reading(directory, queue.RoundUnderWay, IsWalk: false, Announces: true));

    /// <summary>
    /// A directory has left its place, by its name or by what the disk says, and so has what is below it. What is found again elsewhere keeps
    /// its watch; the others are taken away.
    /// </summary>
    public void Gone(WatchedDirectory top) => tree.Remove(top, directory =>
    {
        roots.Of(directory).NoteWatched(directory);
        watches.Displace(directory);
    });

    /// <summary>A directory could not be watched, or not be read.</summary>
    public void Refuse(WatchedDirectory directory, int error)
    {
        var root = roots.Of(directory);
        switch (error)
        {
            case var _ when WatchSetter.HasLeft(error):
                // It has left; the event that says where to, or that it was deleted, is still to be read.
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

    /// <summary>The path of a directory leads to what the kernel calls by this number.</summary>
    public WatchedDirectory? PutWatched(WatchedDirectory directory, int watch)
    {
        if (directory.Watch == watch)
        {
            return null;
        }

        if (directory.Watch != WatchedDirectory.NoWatch)
        {
            // Another directory stood here when it was watched, and what is known below is of that one.
            directory = Anew(directory);
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

        queue.NoteDoubt();
        var former = known.Parent;
        var result = Replace(directory, known, watch);
        watches.GiveBackUnknown(there);
        if (there >= 0 && former is { IsDetached: false })
        {
            // Where it was, something else is by now.
            queue.Add(new Reading(former, queue.RoundUnderWay, IsWalk: false, Announces: true));
        }

        return result;
    }

    private WatchedDirectory Anew(WatchedDirectory directory)
    {
        queue.NoteDoubt();
        if (directory.Parent is { } parent)
        {
            Gone(directory);
            var anew = new WatchedDirectory(directory.Root, parent, directory.Name);
            tree.Add(anew);
            return anew;
        }

        // A root that is another directory now is walked through, which ends with what was below it before.
        watches.Displace(directory);
        return directory;
    }

    /// <summary>A directory that is known elsewhere has come to this place, and the event that says so is still to be read.</summary>
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

            // What is in it may be quite different from what was in it there.
            return known;
        }

        if (DirectoryTree<WatchedDirectory>.IsAtOrBelow(directory, known))
        {
            // It is said to lie in itself: what it lies in has left it, and the event that says so is still to be read.
            if (parent is not null)
            {
                Gone(directory);
                PostponeReading(parent);
            }

            return null;
        }

        if (known.Parent is null)
        {
            // A root that has moved below another: who looks after it finds out; here it is a directory like any other.
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
