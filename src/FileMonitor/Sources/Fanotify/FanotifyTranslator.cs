using FileMonitor.Extending;
using FileMonitor.Values;
using static FileMonitor.Sources.Native.LinuxFanotify;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// Turns what the kernel wrote into hints; FanotifyTranslator.Directories.cs keeps the tree by it. No I/O but through the delegates, which are for rare cases.
/// Owner: the source's thread.
/// </summary>
/// <remarks>
/// The kernel merges what one process does to one name into one event whose mask does not tell the order, and puts it where the first was.
/// So a mask gives hints, not an order of things; the pipeline looks at the disk itself.
/// Nothing is filtered by process: this monitor writes only its sentinels, which their names tell, and its host writes in the same process
/// what must be reported like everything else.
/// </remarks>
internal sealed partial class FanotifyTranslator(FanotifyTree tree, IChangeWriter changes, ProcessTable? processes)
{
    private const ulong Appeared = FAN_CREATE | FAN_MOVED_TO;
    private const ulong Vanished = FAN_DELETE | FAN_MOVED_FROM;
    private const ulong Changes = Appeared | Vanished | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_RENAME;

    /// <summary>What to do about a directory that is not in the tree. None does when nothing is being scanned: it is foreign then.</summary>
    public DirectoryResolver? Resolve { get; set; }

    /// <summary>Used when the kernel does not name what an event is about.</summary>
    public HandleFinder? FindHandle { get; set; }

    /// <summary>Asked where a directory is that was renamed.</summary>
    public DirectoryLocator? Locate { get; set; }

    /// <summary>Told of a directory whose contents are not known.</summary>
    public Action<FanotifyDirectory>? Scan { get; set; }

    /// <summary>Told that the kernel dropped events.</summary>
    public Action? Overflowed { get; set; }

    /// <summary>Told that the tree of a root cannot be right.</summary>
    public Action<MonitoredRoot>? Confused { get; set; }

    /// <summary>Events so far that were not about a watched directory.</summary>
    public long Foreign { get; private set; }

    /// <exception cref="IOException">It is not what a kernel writes.</exception>
    public void Hear(ReadOnlySpan<byte> buffer)
    {
        var events = new FanotifyEvents(buffer);
        while (events.MoveNext())
        {
            Hear(events);
        }

        if (events.IsBroken)
        {
            throw new IOException("The kernel's fanotify events cannot be read.");
        }
    }

    private void Hear(in FanotifyEvents seen)
    {
        if ((seen.Mask & FAN_Q_OVERFLOW) != 0)
        {
            Overflowed?.Invoke();
            return;
        }

        if ((seen.Mask & FAN_OPEN_EXEC) != 0)
        {
            processes?.HearStart(seen.ProcessId, seen.Directory, seen.Name);
        }

        if ((seen.Mask & Changes) == 0)
        {
            return;
        }

        if ((seen.Mask & FAN_RENAME) != 0)
        {
            HearRename(seen);
        }
        else if (!TryFind(seen.Directory, out var place))
        {
            Foreign++;
        }
        else if ((seen.Mask & FAN_ONDIR) != 0)
        {
            HearDirectory(seen, place);
        }
        else
        {
            HearFile(seen.Mask, place, PathText.Decode(seen.Name), processes?.ActorOf(seen.ProcessId));
        }
    }

    private void HearFile(ulong mask, FanotifyPlace place, string name, Actor? actor)
    {
        var isFinished = (mask & FAN_CLOSE_WRITE) != 0;
        var path = PathText.Join(PathOf(place), name);
        if ((mask & Appeared) != 0)
        {
            // With a deletion in the same mask: it came and went, or the other way round. The pipeline is told of both and looks.
            Write(FileChangeKind.Created, place.Root, path, actor, isFinished && (mask & Vanished) == 0);
        }

        if ((mask & Vanished) != 0)
        {
            // Written before it was gone or after: the mask does not say.
            Write(FileChangeKind.Deleted, place.Root, path, actor, wasWritten: (mask & FAN_MODIFY) != 0);
        }
        else if ((mask & Appeared) == 0)
        {
            Write((mask & FAN_MODIFY) != 0 ? FileChangeKind.Modified : FileChangeKind.Look, place.Root, path, actor, isFinished);
        }
    }

    private void HearRename(in FanotifyEvents seen)
    {
        var isFromKnown = TryFind(seen.OldDirectory, out var from);
        var isToKnown = TryFind(seen.Directory, out var to);
        if (!isFromKnown && !isToKnown)
        {
            Foreign++;
            return;
        }

        // The paths first: the tree is about to change.
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

    private void Write(FileChangeKind kind, MonitoredRoot root, string path, Actor? actor, bool isFinished = false, bool wasWritten = false)
    {
        if (!root.Sentinels.TryHear(path, kind == FileChangeKind.Deleted))
        {
            changes.Write(new FileChange(kind, root, path) { IsFinished = isFinished, WasWritten = wasWritten, Actor = actor });
        }
    }
}
