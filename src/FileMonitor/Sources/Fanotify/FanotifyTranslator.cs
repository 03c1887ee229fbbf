using FileMonitor.Extending;
using FileMonitor.Values;
using static FileMonitor.Sources.Native.LinuxFanotify;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// Turns the kernel's events into hints; FanotifyTranslator.Directories.cs updates the tree. Does I/O only through the delegates, in rare cases.
/// Owner: the source's thread.
/// </summary>
/// <remarks>
/// The kernel merges the events of one process about one name into one, at the place of the first, with a mask that has no order. So the hints
/// have no order either; the pump looks at the disk. Events are not filtered by process: the monitor itself writes only its sentinels, which are
/// known by name, and changes by the rest of its process must be reported.
/// </remarks>
internal sealed partial class FanotifyTranslator(FanotifyTree tree, IChangeWriter changes, ProcessTable? processes)
{
    private const ulong Appeared = FAN_CREATE | FAN_MOVED_TO;
    private const ulong Vanished = FAN_DELETE | FAN_MOVED_FROM;
    private const ulong Changes = Appeared | Vanished | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_RENAME;

    /// <summary>Finds a directory that is not in the tree, while a scan is under way. Without a scan such a directory is outside the roots.</summary>
    public DirectoryResolver? Resolve { get; set; }

    /// <summary>Finds a handle when the kernel does not report it.</summary>
    public HandleFinder? FindHandle { get; set; }

    /// <summary>Finds where a renamed directory is.</summary>
    public DirectoryLocator? Locate { get; set; }

    /// <summary>Called with a directory that has to be scanned.</summary>
    public Action<FanotifyDirectory>? Scan { get; set; }

    /// <summary>Called when the kernel dropped events.</summary>
    public Action? Overflowed { get; set; }

    /// <summary>Called when events contradict the tree of a root.</summary>
    public Action<MonitoredRoot>? Contradicted { get; set; }

    /// <summary>How many events were not about a watched directory.</summary>
    public long Foreign { get; private set; }

    /// <exception cref="IOException">The buffer is malformed.</exception>
    public void Handle(ReadOnlySpan<byte> buffer)
    {
        var events = new FanotifyEvents(buffer);
        while (events.MoveNext())
        {
            Handle(events);
        }

        if (events.IsBroken)
        {
            throw new IOException("The kernel's fanotify events cannot be read.");
        }
    }

    private void Handle(in FanotifyEvents seen)
    {
        if ((seen.Mask & FAN_Q_OVERFLOW) != 0)
        {
            Overflowed?.Invoke();
            return;
        }

        if ((seen.Mask & FAN_OPEN_EXEC) != 0)
        {
            processes?.NoteStart(seen.ProcessId, seen.Directory, seen.Name);
        }

        if ((seen.Mask & Changes) == 0)
        {
            return;
        }

        if ((seen.Mask & FAN_RENAME) != 0)
        {
            HandleRename(seen);
        }
        else if (!TryFind(seen.Directory, out var place))
        {
            Foreign++;
        }
        else if ((seen.Mask & FAN_ONDIR) != 0)
        {
            HandleDirectory(seen, place);
        }
        else
        {
            HandleFile(seen.Mask, place, PathText.Decode(seen.Name), processes?.ActorOf(seen.ProcessId));
        }
    }

    private void HandleFile(ulong mask, FanotifyPlace place, string name, Actor? actor)
    {
        var isFinished = (mask & FAN_CLOSE_WRITE) != 0;
        var path = PathText.Join(PathOf(place), name);
        if ((mask & Appeared) != 0)
        {
            // With a deletion in the same mask the order is unknown: give both hints, and the pump looks.
            Write(FileChangeKind.Created, place.Root, path, actor, isFinished && (mask & Vanished) == 0);
        }

        if ((mask & Vanished) != 0)
        {
            // The mask does not say whether the write was before the deletion.
            Write(FileChangeKind.Deleted, place.Root, path, actor, wasWritten: (mask & FAN_MODIFY) != 0);
        }
        else if ((mask & Appeared) == 0)
        {
            Write((mask & FAN_MODIFY) != 0 ? FileChangeKind.Modified : FileChangeKind.Look, place.Root, path, actor, isFinished, unexplained: UnexplainedBy(mask));
        }
    }

    /// <summary>What a process cannot have changed of an item, if this is all that was reported of it. The kernel reports no change of flags (chattr), and no write through a mapping.</summary>
    private static ItemAttributes UnexplainedBy(ulong mask) =>
        ItemAttributes.Flags
        | ((mask & FAN_MODIFY) != 0 ? 0 : ItemAttributes.Content | ItemAttributes.Size)

        // A write takes the capabilities away without a word.
        | ((mask & FAN_ATTRIB) != 0 ? 0 : (ItemAttributes.Security & ~ItemAttributes.Capabilities) | ItemAttributes.OtherExtendedAttributes)
        | ((mask & (FAN_MODIFY | FAN_ATTRIB)) != 0 ? 0 : ItemAttributes.LastWriteTime | ItemAttributes.Capabilities);

    private void HandleRename(in FanotifyEvents seen)
    {
        var isFromKnown = TryFind(seen.OldDirectory, out var from);
        var isToKnown = TryFind(seen.Directory, out var to);
        if (!isFromKnown && !isToKnown)
        {
            Foreign++;
            return;
        }

        // Take the paths first: the tree is about to change.
        var name = PathText.Decode(seen.Name);
        var oldPath = isFromKnown ? PathText.Join(PathOf(from), PathText.Decode(seen.OldName)) : "";
        var path = isToKnown ? PathText.Join(PathOf(to), name) : "";
        if ((seen.Mask & FAN_ONDIR) != 0)
        {
            MoveDirectory(seen, isToKnown, to, name);
        }

        var actor = processes?.ActorOf(seen.ProcessId);
        if (isFromKnown && isToKnown && from.Root == to.Root)
        {
            changes.Write(new FileChange(FileChangeKind.Renamed, to.Root, path, oldPath) { Actor = actor });
            return;
        }

        if (isFromKnown)
        {
            Write(FileChangeKind.Deleted, from.Root, oldPath, actor);
        }

        if (isToKnown)
        {
            Write(FileChangeKind.Created, to.Root, path, actor, isFinished: (seen.Mask & FAN_ONDIR) != 0);
        }
    }

    private bool TryFind(ReadOnlySpan<byte> handle, out FanotifyPlace place)
    {
        if (tree.TryFind(handle, out var directory))
        {
            place = new FanotifyPlace(directory.Root, directory, Path: null);
            return true;
        }

        place = default;
        return Resolve is { } resolve && !handle.IsEmpty && resolve(handle, out place);
    }

    private string PathOf(FanotifyPlace place) => place.Directory is { } directory ? tree.PathOf(directory) : place.Path!;

    private void Write(FileChangeKind kind, MonitoredRoot root, string path, Actor? actor, bool isFinished = false, bool wasWritten = false, ItemAttributes unexplained = ItemAttributes.None)
    {
        if (!root.Sentinels.TryHear(path, kind == FileChangeKind.Deleted))
        {
            changes.Write(new FileChange(kind, root, path) { IsFinished = isFinished, WasWritten = wasWritten, Actor = actor, Unexplained = unexplained });
        }
    }
}
