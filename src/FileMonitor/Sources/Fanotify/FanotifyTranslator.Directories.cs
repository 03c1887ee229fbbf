using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>What is heard of directories changes the tree.</summary>
internal sealed partial class FanotifyTranslator
{
    private void HearDirectory(in FanotifyEvents seen, FanotifyPlace place)
    {
        var actor = processes?.ActorOf(seen.ProcessId);
        if (seen.Name.SequenceEqual("."u8))
        {
            // Of the root itself there is no hint; who looks after it sees what became of it.
            if (PathOf(place) is { Length: > 0 } itself)
            {
                Write(FileChangeKind.Look, place.Root, itself, actor);
            }

            return;
        }

        var name = PathText.Decode(seen.Name);
        var path = PathText.Join(PathOf(place), name);
        if ((seen.Mask & Appeared) != 0)
        {
            HearNewDirectory(seen, place, name);

            // A directory is complete when it is made, or moved here.
            Write(FileChangeKind.Created, place.Root, path, actor, isFinished: (seen.Mask & Vanished) == 0);
        }

        if ((seen.Mask & Vanished) != 0)
        {
            HearOldDirectory(seen, place, name);
            Write(FileChangeKind.Deleted, place.Root, path, actor);
        }
        else if ((seen.Mask & Appeared) == 0)
        {
            Write(FileChangeKind.Look, place.Root, path, actor);
        }
    }

    private void HearNewDirectory(in FanotifyEvents seen, FanotifyPlace place, string name)
    {
        // In a directory that the scan has not come to yet: it will find it.
        if (!place.Root.Recursive || place.Directory is not { } parent)
        {
            return;
        }

        if (!seen.Target.IsEmpty)
        {
            // It was empty when it was made, and all that happened in it since is in the queue behind this event: nothing is to be read.
            Put(parent, name, seen.Target, isEmpty: true);
            return;
        }

        Span<byte> handle = stackalloc byte[LinuxHandles.MaxBytes];
        if (FindHandle?.Invoke(parent, name, handle) is > 0 and var length)
        {
            Put(parent, name, handle[..length], isEmpty: false);
        }
    }

    private void HearOldDirectory(in FanotifyEvents seen, FanotifyPlace place, string name)
    {
        if (!seen.Target.IsEmpty)
        {
            if (tree.TryFind(seen.Target, out var deleted))
            {
                tree.Retire(deleted);
            }

            return;
        }

        // By its name only, and the mask may hide that it came back to it.
        Span<byte> handle = stackalloc byte[LinuxHandles.MaxBytes];
        if (place.Directory is { } parent
            && tree.TryFind(parent, name, out var gone)
            && !(FindHandle?.Invoke(parent, name, handle) is > 0 and var length && handle[..length].SequenceEqual(gone.Handle)))
        {
            tree.Retire(gone);
        }
    }

    /// <remarks>
    /// The kernel merges a rename with one before it that was the same: from a to b, back, and to b again is heard as "to b, to a". So the
    /// disk is asked where the directory is; whatever was merged into this event had happened by now. It costs two system calls when the
    /// event is right, and directories are not renamed often.
    /// </remarks>
    private void MoveDirectory(in FanotifyEvents seen, bool isToKnown, FanotifyPlace to, string name)
    {
        Span<byte> handle = stackalloc byte[LinuxHandles.MaxBytes];
        var parent = isToKnown ? to.Directory : null;
        if (Locate is not { } locate
            || (parent is not null && FindHandle?.Invoke(parent, name, handle) is > 0 and var length && handle[..length].SequenceEqual(seen.Target)))
        {
            MoveDirectory(seen.Target, parent, isToKnown, name);
        }
        else if (locate(seen.Target, handle, out length, out name))
        {
            isToKnown = TryFind(handle[..length], out to);
            MoveDirectory(seen.Target, isToKnown ? to.Directory : null, isToKnown, name);
        }
        else if (tree.TryFind(seen.Target, out var gone))
        {
            tree.Retire(gone);
        }
    }

    private void MoveDirectory(ReadOnlySpan<byte> handle, FanotifyDirectory? parent, bool isBelowRoot, string name)
    {
        if (parent is not null && parent.Root.Recursive)
        {
            Put(parent, name, handle, isEmpty: false);
        }
        else if (tree.TryFind(handle, out var directory))
        {
            // While there is a scan it may have gone where that has not been: then it will be found there, with all that is below it.
            if (isBelowRoot)
            {
                tree.Retire(directory);
            }
            else if (directory.Parent is not null)
            {
                tree.Remove(directory);
            }
        }
    }

    private void Put(FanotifyDirectory parent, string name, ReadOnlySpan<byte> handle, bool isEmpty)
    {
        switch (tree.Place(parent, name, handle, out var directory))
        {
            case Placement.Impossible:
                Confused?.Invoke(parent.Root);
                break;
            case Placement.New when !isEmpty:
            case Placement.Known when !isEmpty && tree.IsPruned(parent.Root):
                Scan?.Invoke(directory!);
                break;
        }
    }
}
