// Over 300 lines because it is one idea: which directory stands for which watch, while both the disk and the events move on.
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Linux;

/// <summary>
/// Gives every directory below the roots its watch and knows which directory a watch is of. A directory is watched first and read then, so
/// that what is made in it meanwhile is either found or told.
/// </summary>
/// <remarks>
/// Owner: the source's thread. The tree follows the events in their order, so it is behind the disk; but a path is watched or read as the
/// disk is at that moment, which may be ahead of the events. Two things put that right. Whatever came to a path itself came by an event that
/// names it, and at that event the path is watched again; the kernel answers with the number that the directory has already, which is how a
/// directory is found that is known by a place it has left (<see cref="Place"/>). And where a directory above was moved in between, what was
/// done below it by its old path is done again when the event of that move is read (<see cref="_ahead"/>).
/// </remarks>
internal sealed class InotifyTree(SafeFileHandle inotify, uint mask, IChangeWriter changes)
{
    private const int ListingBytes = 64 * 1024;
    private const int PathBytes = 4096;
    private const int ENOSPC = 28;

    // A rename shows on the disk a moment before its event is in the queue: how long that is at most, and how much may be queued meanwhile.
    private const int RenameMilliseconds = 50;
    private const int RenameBytes = 4096;

    private readonly DirectoryTree<WatchedDirectory> _tree = new();
    private readonly Dictionary<int, WatchedDirectory> _byWatch = [];

    // The same directory at a second place: a bind mount, or a root below another.
    private readonly Dictionary<int, List<WatchedDirectory>> _alsoAt = [];

    // Watches whose directory is not where it was known, and not found elsewhere yet.
    private readonly HashSet<int> _unplaced = [];
    private readonly Queue<Reading> _toRead = [];

    // Directories whose path was used while events were still to be read, up to where in the stream of events that may have been too early.
    private readonly Queue<(WatchedDirectory Directory, long Until, long Expires)> _ahead = [];
    private readonly SortedDictionary<long, int> _unreadByRound = [];
    private readonly List<(long Round, Action Then)> _awaited = [];
    private readonly byte[] _path = new byte[PathBytes];
    private readonly byte[] _encoded = new byte[PathBytes];
    private readonly byte[] _listing = new byte[ListingBytes];
    private long _round;
    private long _readings;

    /// <summary>Watches set and not taken away.</summary>
    public int Watches => _byWatch.Count;

    /// <summary>How many bytes of events were read before the one that is being dealt with.</summary>
    public long Position { get; set; }

    /// <summary>Whether directories are still to be read.</summary>
    public bool HasWork => _toRead.Count > 0;

    public string PathOf(WatchedDirectory directory) => _tree.PathOf(directory);

    public bool TryFind(int watch, [NotNullWhen(true)] out WatchedDirectory? directory) => _byWatch.TryGetValue(watch, out directory);

    /// <summary>The other places of the directory with that watch; null nearly always.</summary>
    public IReadOnlyList<WatchedDirectory>? AlsoAt(int watch) => _alsoAt.Count == 0 ? null : _alsoAt.GetValueOrDefault(watch);

    public bool TryFind(WatchedDirectory parent, string name, [NotNullWhen(true)] out WatchedDirectory? directory) =>
        _tree.TryFind(parent, name, out directory);

    /// <summary>Walks through a whole root; what is no longer there is forgotten at the end of it.</summary>
    /// <returns>The system's error when the root itself cannot be watched; otherwise 0.</returns>
    public int BeginWalk(InotifyRoot owner)
    {
        owner.BeginWalk();
        var top = owner.Top ??= AddTop(owner);
        var watch = AddWatch(top);
        if (watch < 0)
        {
            Forget(owner);
            return -watch;
        }

        Place(top, watch);
        if (owner.Root.Recursive)
        {
            Enqueue(new Reading(top, _round, Announces: false));
        }

        return 0;
    }

    /// <summary>A directory appeared, or was moved here from where it was not watched.</summary>
    public void Appeared(WatchedDirectory parent, string name)
    {
        if (!parent.Root.Recursive || IsIgnored(parent, name))
        {
            return;
        }

        if (!_tree.TryFind(parent, name, out var directory))
        {
            directory = new WatchedDirectory(parent.Owner, parent, name);
            _tree.Add(directory);
        }

        var wasUsed = WasUsedTooEarly(directory);
        if (Watch(directory) is { } watched)
        {
            Enqueue(new Reading(watched, _round, Announces: true));
        }
        else if (wasUsed && directory.Watch != WatchedDirectory.NoWatch)
        {
            // Found here before this was read; what was looked for below it meanwhile may have been looked for where it was.
            Enqueue(new Reading(directory, _round, Announces: true));
        }
    }

    /// <summary>A directory has another place in the same root.</summary>
    public void Moved(WatchedDirectory directory, WatchedDirectory parent, string name)
    {
        if (_tree.TryFind(parent, name, out var replaced) && replaced != directory)
        {
            Gone(replaced);
        }

        if (IsIgnored(parent, name) || DirectoryTree<WatchedDirectory>.IsAtOrBelow(parent, directory))
        {
            Gone(directory);
            return;
        }

        _tree.Move(directory, parent, name);
        if (directory.Watch == WatchedDirectory.NoWatch)
        {
            Appeared(parent, name);
        }
        else if (WasUsedTooEarly(directory) || !directory.Root.Rules.IsEmpty || directory.Owner.Waiting.Count > 0)
        {
            // Or: what was ignored below it by its path may not be any more; or a walk that is under way may have missed it.
            Enqueue(new Reading(directory, _round, Announces: true));
        }
    }

    /// <summary>
    /// A directory has left its place, by its name or by what the disk says, and so has what is below it. What is found again elsewhere keeps
    /// its watch; the others are taken away.
    /// </summary>
    public void Gone(WatchedDirectory top) => _tree.Remove(top, directory =>
    {
        var watch = directory.Watch;
        if (watch != WatchedDirectory.NoWatch && Unmap(directory))
        {
            _unplaced.Add(watch);
        }
    });

    /// <summary>The kernel has taken a watch away: the directory was deleted, or its file system unmounted.</summary>
    public void WatchEnded(int watch)
    {
        _unplaced.Remove(watch);
        while (_byWatch.TryGetValue(watch, out var directory))
        {
            Unmap(directory);
        }
    }

    /// <summary>A root is no longer watched; what is known below it is given up.</summary>
    public void Forget(InotifyRoot owner)
    {
        if (owner.Top is { } top)
        {
            owner.Top = null;
            Gone(top);
        }
    }

    /// <summary>Does something once all is read that is to be read now, and what comes to light by it.</summary>
    public void WhenRead(Action then)
    {
        _awaited.Add((_round++, then));
        Answer();
    }

    /// <summary>Reads some of the directories that are still to be read; events are read in between, so that the kernel's queue does not fill up.</summary>
    public void Read(int most)
    {
        while (_ahead.TryPeek(out var oldest)
            && (oldest.Until <= Position || (oldest.Until - RenameBytes <= Position && oldest.Expires < Environment.TickCount64)))
        {
            _ahead.Dequeue();
        }

        for (; most > 0 && _toRead.TryDequeue(out var reading); most--)
        {
            if (!reading.Directory.IsDetached)
            {
                Read(reading);
            }

            Done(reading.Round);
        }

        Answer();
        if (_toRead.Count == 0 && _unplaced.Count > 0)
        {
            // If one turns up after all, it is watched anew, and looked into.
            foreach (var watch in _unplaced)
            {
                LinuxInotify.RemoveWatch(inotify, watch);
            }

            _unplaced.Clear();
        }
    }

    private void Read(Reading reading)
    {
        var directory = reading.Directory;
        var descriptor = OpenToList(directory);
        var refusal = LinuxFiles.LastError;
        NoteUse(directory);
        if (descriptor < 0)
        {
            Refuse(directory, refusal);
            return;
        }

        _readings++;
        int count;
        while ((count = LinuxFiles.ReadEntries(descriptor, _listing)) > 0)
        {
            var entries = new LinuxDirectoryEntries(_listing.AsSpan(0, count));
            while (entries.MoveNext() && !directory.IsDetached)
            {
                if (IsDirectory(descriptor, entries))
                {
                    Found(reading, PathText.Decode(entries.Name));
                }
            }
        }

        var error = LinuxFiles.LastError;
        LinuxFiles.Close(descriptor);
        if (count < 0)
        {
            Refuse(directory, error);
        }
        else if (!directory.IsDetached)
        {
            ForgetUnread(directory);
        }
    }

    /// <summary>What was known of a directory and is not in it: an event says where it went, if that concerns us, or a walk finds it.</summary>
    private void ForgetUnread(WatchedDirectory directory)
    {
        for (var child = (WatchedDirectory?)directory.FirstChild; child is not null;)
        {
            var next = (WatchedDirectory?)child.NextSibling;
            if (child.ReadIn != _readings)
            {
                Gone(child);
            }

            child = next;
        }
    }

    private void Found(in Reading reading, string name)
    {
        var (parent, owner) = (reading.Directory, reading.Directory.Owner);
        if (IsIgnored(parent, name))
        {
            return;
        }

        if (!_tree.TryFind(parent, name, out var directory))
        {
            directory = new WatchedDirectory(owner, parent, name);
            _tree.Add(directory);
        }

        var watched = Watch(directory);
        if (_tree.TryFind(parent, name, out var there))
        {
            there.ReadIn = _readings;
        }

        if (watched is not null)
        {
            Enqueue(reading with { Directory = watched });
            if (reading.Announces)
            {
                // After it is watched: whoever looks into it because of this hint comes later.
                changes.Write(new FileChange(FileChangeKind.Created, owner.Root, PathOf(watched)));
            }
        }
        else if (!directory.IsDetached && directory.Watch != WatchedDirectory.NoWatch)
        {
            Enqueue(reading with { Directory = directory });
        }
    }

    /// <summary>Watches what is at a directory's path now.</summary>
    /// <returns>The directory that stands there, when it was not watched before and so has to be read; otherwise null.</returns>
    private WatchedDirectory? Watch(WatchedDirectory directory)
    {
        var watch = AddWatch(directory);
        NoteUse(directory);
        if (watch < 0)
        {
            Refuse(directory, -watch);
            return null;
        }

        return Place(directory, watch);
    }

    /// <summary>The path of a directory leads to what the kernel calls by this number.</summary>
    private WatchedDirectory? Place(WatchedDirectory directory, int watch)
    {
        if (directory.Watch == watch)
        {
            return null;
        }

        if (directory.Watch != WatchedDirectory.NoWatch)
        {
            // Another directory had this path when it was watched.
            var former = directory.Watch;
            if (Unmap(directory))
            {
                _unplaced.Add(former);
            }
        }

        if (!_byWatch.TryGetValue(watch, out var known))
        {
            Map(directory, watch);
            return directory;
        }

        var there = AddWatch(known);
        if (there == watch)
        {
            // One directory with two paths.
            directory.Watch = watch;
            if (!_alsoAt.TryGetValue(watch, out var also))
            {
                _alsoAt.Add(watch, also = []);
            }

            also.Add(directory);
            return directory;
        }

        var result = Replace(directory, known, watch, out var vacated);
        if (there >= 0 && vacated is { IsDetached: false } && !_byWatch.ContainsKey(there))
        {
            // Where it was, something else is by now, which is watched as of this moment.
            Map(vacated, there);
            changes.Write(new FileChange(FileChangeKind.Created, vacated.Root, PathOf(vacated)));
            Enqueue(new Reading(vacated, RoundUnderWay, Announces: true));
        }

        return result;
    }

    /// <summary>A directory that is known elsewhere has come to this place, and the event that says so is still to be read.</summary>
    private WatchedDirectory? Replace(WatchedDirectory directory, WatchedDirectory known, int watch, out WatchedDirectory? vacated)
    {
        vacated = null;
        var (owner, parent, name) = (directory.Owner, directory.Parent, directory.Name);
        if (parent is not null && known.Parent is { } formerParent && known.Owner == owner && !DirectoryTree<WatchedDirectory>.IsAtOrBelow(parent, known))
        {
            var formerName = known.Name;
            Gone(directory);
            _tree.Move(known, parent, name);

            // Either an event names it, or one that names a directory above where it was, or above where it is.
            NoteUse(known);
            NoteUse((WatchedDirectory)formerParent);
            if (!formerParent.IsDetached && !_tree.TryFind(formerParent, formerName, out _))
            {
                vacated = new WatchedDirectory(owner, formerParent, formerName);
                _tree.Add(vacated);
            }

            // What is in it may be quite different from what was in it there.
            return known;
        }

        if (DirectoryTree<WatchedDirectory>.IsAtOrBelow(directory, known))
        {
            // It is said to lie in itself: the events are far behind. The walk begins anew, from what the disk says.
            if (known.Parent is null || owner.Top is not { } top)
            {
                return null;
            }

            Gone(known);
            Enqueue(new Reading(top, RoundUnderWay, Announces: true));
            return null;
        }

        if (known.Parent is null)
        {
            // A root that has moved below another: who looks after it finds out; here it is a directory like any other.
            if (Unmap(known))
            {
                _unplaced.Add(watch);
            }
        }
        else
        {
            Gone(known);
        }

        Map(directory, watch);
        return directory;
    }

    private void Map(WatchedDirectory directory, int watch)
    {
        directory.Watch = watch;
        _byWatch[watch] = directory;
        _unplaced.Remove(watch);
    }

    /// <returns>Whether it was the only directory with that watch.</returns>
    private bool Unmap(WatchedDirectory directory)
    {
        var watch = directory.Watch;
        directory.Watch = WatchedDirectory.NoWatch;
        if (_alsoAt.TryGetValue(watch, out var also))
        {
            if (!also.Remove(directory))
            {
                _byWatch[watch] = also[^1];
                also.RemoveAt(also.Count - 1);
            }

            if (also.Count == 0)
            {
                _alsoAt.Remove(watch);
            }

            return false;
        }

        _byWatch.Remove(watch);
        return true;
    }

    private static void Refuse(WatchedDirectory directory, int error)
    {
        var owner = directory.Owner;
        switch (error)
        {
            case LinuxFiles.ENOENT or LinuxFiles.ENOTDIR or LinuxFiles.ELOOP or LinuxFiles.ESTALE or LinuxFiles.ENODEV:
                // It has left, or a directory above it has: the event that says so is still to be read.
                break;
            case LinuxFiles.EACCES or LinuxFiles.EPERM:
                owner.Unreadable++;
                owner.Refusal = LinuxFiles.Describe(error);
                break;
            default:
                owner.Unwatched++;
                owner.Refusal = error == ENOSPC ? "The limit of inotify watches is reached." : LinuxFiles.Describe(error);
                break;
        }
    }

    private bool IsIgnored(WatchedDirectory parent, string name) =>
        !parent.Root.Rules.IsEmpty && parent.Root.IsIgnoredDirectory(_tree.PathOf(parent, name));

    private static bool IsDirectory(int descriptor, in LinuxDirectoryEntries entries) =>
        entries.ItemType == ItemType.Directory
        || (entries.ItemType == ItemType.Unknown && LinuxFiles.TryGetStatus(descriptor, entries.NameAndZero, out var status) && status.ItemType == ItemType.Directory);

    private WatchedDirectory AddTop(InotifyRoot owner)
    {
        var top = new WatchedDirectory(owner, parent: null, "");
        _tree.Add(top);
        return top;
    }

    /// <returns>The watch, or the system's error as a negative number.</returns>
    private int AddWatch(WatchedDirectory directory)
    {
        var flags = mask | LinuxInotify.IN_ONLYDIR | LinuxInotify.IN_EXCL_UNLINK | (directory.Parent is null ? LinuxInotify.IN_DELETE_SELF : 0);
        if (TryEncode(directory, out var path))
        {
            var watch = LinuxInotify.AddWatch(inotify, path, flags | LinuxInotify.IN_DONT_FOLLOW);
            return watch < 0 ? -LinuxFiles.LastError : watch;
        }

        return AddWatchFar(directory, flags);
    }

    /// <summary>A path that is longer than the kernel takes is walked to.</summary>
    private int AddWatchFar(WatchedDirectory directory, uint flags)
    {
        using var native = new LinuxPath(AbsolutePath(directory), stackalloc byte[LinuxPath.StackBytes]);
        var descriptor = native.Error != 0 ? -1 : LinuxFiles.OpenToStandOn(native.Directory, native.Bytes);
        if (descriptor < 0)
        {
            return -(native.Error != 0 ? native.Error : LinuxFiles.LastError);
        }

        Span<byte> link = stackalloc byte[32];
        _ = System.Text.Encoding.ASCII.GetBytes($"/proc/self/fd/{descriptor}\0", link);
        var watch = LinuxInotify.AddWatch(inotify, link, flags);
        var error = LinuxFiles.LastError;
        LinuxFiles.Close(descriptor);
        return watch < 0 ? -error : watch;
    }

    private int OpenToList(WatchedDirectory directory)
    {
        if (TryEncode(directory, out var path))
        {
            return LinuxFiles.OpenToList(LinuxFiles.AT_FDCWD, path);
        }

        using var native = new LinuxPath(AbsolutePath(directory), stackalloc byte[LinuxPath.StackBytes]);
        return native.Error != 0 ? -1 : LinuxFiles.OpenToList(native.Directory, native.Bytes);
    }

    private string AbsolutePath(WatchedDirectory directory) => PathText.Absolute(directory.Root.PhysicalPath, _tree.PathOf(directory));

    /// <summary>The absolute path as bytes with a zero at the end, from its names, without a string for every directory of a large tree.</summary>
    private bool TryEncode(WatchedDirectory directory, out ReadOnlySpan<byte> path)
    {
        var position = PathBytes - 1;
        _path[position] = 0;
        for (var current = directory; current.Parent is not null; current = current.Parent)
        {
            if (!TryPrepend(current.Name, ref position))
            {
                path = default;
                return false;
            }

            _path[--position] = (byte)'/';
        }

        var root = directory.Root.PhysicalPath;
        var isWhole = TryPrepend(root == "/" && position < PathBytes - 1 ? "" : root, ref position);
        path = _path.AsSpan(position);
        return isWhole;
    }

    private bool TryPrepend(string text, ref int position)
    {
        if ((text.Length * 3) + 1 > PathBytes)
        {
            return false;
        }

        // One more for the slash before it.
        var count = PathText.Encode(text, _encoded);
        if (count + 1 > position)
        {
            return false;
        }

        position -= count;
        _encoded.AsSpan(0, count).CopyTo(_path.AsSpan(position));
        return true;
    }

    /// <summary>The path of a directory was just used: by the event of a move that is in the queue by now it was another one already.</summary>
    private void NoteUse(WatchedDirectory directory) =>
        _ahead.Enqueue((directory, Position + LinuxInotify.Queued(inotify) + RenameBytes, Environment.TickCount64 + RenameMilliseconds));

    private bool WasUsedTooEarly(WatchedDirectory moved)
    {
        foreach (var (directory, until, _) in _ahead)
        {
            if (until > Position && DirectoryTree<WatchedDirectory>.IsAtOrBelow(directory, moved))
            {
                return true;
            }
        }

        return false;
    }

    // What comes to light while directories are read is waited for by who waits for these.
    private long RoundUnderWay => _unreadByRound.Count == 0 ? _round : FirstRound();

    private void Enqueue(in Reading reading)
    {
        _toRead.Enqueue(reading);
        _unreadByRound[reading.Round] = _unreadByRound.GetValueOrDefault(reading.Round) + 1;
    }

    private void Done(long round)
    {
        if (--_unreadByRound[round] == 0)
        {
            _unreadByRound.Remove(round);
        }
    }

    /// <summary>Answers those whose directories are read. What is done may ask anew.</summary>
    private void Answer()
    {
        while (_awaited.Count > 0)
        {
            var oldest = _unreadByRound.Count == 0 ? long.MaxValue : FirstRound();
            var (round, then) = _awaited[0];
            if (round >= oldest)
            {
                return;
            }

            _awaited.RemoveAt(0);
            then();
        }
    }

    private long FirstRound()
    {
        foreach (var round in _unreadByRound.Keys)
        {
            return round;
        }

        return long.MaxValue;
    }

    /// <summary>A directory that is to be read for the directories in it, and they in turn.</summary>
    /// <param name="Directory">It is watched already.</param>
    /// <param name="Round">Who waits for a round waits for all that is found by it.</param>
    /// <param name="Announces">Whether a hint is given for each that was not watched; not where everything is compared afterwards.</param>
    private readonly record struct Reading(WatchedDirectory Directory, long Round, bool Announces);
}
