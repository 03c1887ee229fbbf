using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Handles events about directories, which change the tree.</summary>
internal sealed partial class FanotifyTranslator
{
    private void HandleDirectory(in FanotifyEvents seen, FanotifyPlace place)
    {
        var actor = processes?.ActorOf(seen.ProcessId);
        if (seen.Name.SequenceEqual("."u8))
        {
            // No hint about the root itself: its RootWatch checks it.
            if (PathOf(place) is { Length: > 0 } itself)
            {
                Write(FileChangeKind.Look, place.Root, itself, actor, unexplained: UnexplainedBy(seen.Mask));
            }

            return;
        }

        var name = PathText.Decode(seen.Name);
        var path = PathText.Join(PathOf(place), name);
        if ((seen.Mask & Appeared) != 0)
        {
            HandleNewDirectory(seen, place, name);

            // A directory is complete when it is made, or moved here.
            Write(FileChangeKind.Created, place.Root, path, actor, isFinished: (seen.Mask & Vanished) == 0);
        }

        if ((seen.Mask & Vanished) != 0)
        {
            HandleOldDirectory(seen, place, name);
            Write(FileChangeKind.Deleted, place.Root, path, actor);
        }
        else if ((seen.Mask & Appeared) == 0)
        {
            Write(FileChangeKind.Look, place.Root, path, actor, unexplained: UnexplainedBy(seen.Mask));
        }
    }

    private void HandleNewDirectory(in FanotifyEvents seen, FanotifyPlace place, string name)
    {
        // The parent is not scanned yet: the scan will find the directory.
        if (!place.Root.Recursive || place.Directory is not { } parent)
        {
            return;
        }

        if (!seen.Target.IsEmpty)
        {
            // A new directory is empty, and everything that happened in it since is in the queue behind this event. So it is not scanned.
            Put(parent, name, seen.Target, isEmpty: true);
            return;
        }

        Span<byte> handle = stackalloc byte[LinuxHandles.MaxBytes];
        if (FindHandle?.Invoke(parent, name, handle) is > 0 and var length)
        {
            Put(parent, name, handle[..length], isEmpty: false);
        }
    }

    private void HandleOldDirectory(in FanotifyEvents seen, FanotifyPlace place, string name)
    {
        if (!seen.Target.IsEmpty)
        {
            if (tree.TryFind(seen.Target, out var deleted))
            {
                tree.Retire(deleted);
            }

            return;
        }

        // Only the name is known, and the mask may hide that the directory came back.
        Span<byte> handle = stackalloc byte[LinuxHandles.MaxBytes];
        if (place.Directory is { } parent
            && tree.TryFind(parent, name, out var gone)
            && !(FindHandle?.Invoke(parent, name, handle) is > 0 and var length && handle[..length].SequenceEqual(gone.Handle)))
        {
            tree.Retire(gone);
        }
    }

    /// <remarks>
    /// The kernel merges equal renames: from a to b, back, and to b again is reported as "to b, to a". So look on disk where the directory is;
    /// everything that was merged into this event has happened by now. This costs two system calls when the event is right.
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
            // A scan may not have reached the directory's new place yet: it will find the directory there, with everything below.
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
                Contradicted?.Invoke(parent.Root);
                break;
            case Placement.New when !isEmpty:
            case Placement.Known when !isEmpty && tree.IsPruned(parent.Root):
                Scan?.Invoke(directory!);
                break;
        }
    }
}
