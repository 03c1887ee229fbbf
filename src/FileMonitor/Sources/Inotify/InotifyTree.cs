// Over 300 lines because it is one idea: which directory stands for which watch, while both the disk and the events move on.
using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using FileMonitor.Values;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Inotify;

/// <summary>
/// Gives every directory below the roots its watch and knows which directory a watch is of. A directory is watched first and read then, so
/// that what is made in it meanwhile is either found or told.
/// </summary>
/// <remarks>
/// Owner: the source's thread. The tree follows the events in their order, so it is behind the disk, and a path of the tree may lead to
/// another directory by now. What keeps it right is that the kernel answers with the same number for the same directory:
/// <list type="bullet">
/// <item>Something is watched or listed only in a directory that is open, and whose number is that of the tree
/// (<see cref="OpenInPlace"/>). Where the path leads elsewhere, the event that says so is still to come, and it is tried again after it.</item>
/// <item>So the tree is ahead of the events only about a name in a directory that is certain. Whatever comes to that name later comes by an
/// event that names it, and at each such event it is watched again, a rename included.</item>
/// <item>A number that is known by another place is a directory that has left it (<see cref="Place"/>); what is below it goes with it.</item>
/// </list>
/// </remarks>
internal sealed class InotifyTree(SafeFileHandle inotify, uint mask, IChangeWriter changes)
{
    private const int ListingBytes = 64 * 1024;
    private const int PathBytes = 4096;

    // 255 characters of up to three bytes on some file systems.
    private const int NameBytes = 1024;
    private const int ENOSPC = 28;

    // What AddWatch answers where the path of the directory above leads to another directory by now.
    private const int Elsewhere = int.MinValue;

    // As often a directory is looked for while no event comes that could say where it is.
    private const int QuietTries = 3;

    private readonly DirectoryTree<WatchedDirectory> _tree = new();
    private readonly Dictionary<int, WatchedDirectory> _byWatch = [];

    // The same directory at a second place: a bind mount, or a root below another.
    private readonly Dictionary<int, List<WatchedDirectory>> _alsoAt = [];

    // Watches whose directory is not where it was known, and not found elsewhere yet.
    private readonly HashSet<int> _unplaced = [];
    private readonly Queue<Reading> _toRead = [];

    // Directories that are not where the tree has them: the events that say where are still to be read.
    private readonly Dictionary<WatchedDirectory, Reading> _postponed = [];
    private readonly SortedDictionary<long, int> _unreadByRound = [];
    private readonly List<(long Round, Action Then)> _awaited = [];
    private readonly byte[] _path = new byte[PathBytes];
    private readonly byte[] _encoded = new byte[PathBytes];
    private readonly byte[] _listing = new byte[ListingBytes];
    private long _round;
    private bool _isInDoubt;

    /// <summary>How many directories are watched; read by any thread, about right.</summary>
    public int Watches => _byWatch.Count;

    /// <summary>Whether directories are still to be read.</summary>
    public bool HasWork => _toRead.Count > 0;

    /// <summary>Whether directories wait for the events that say where they are.</summary>
    public bool IsBehind => _postponed.Count > 0;

    /// <summary>Whether the disk and the events contradicted each other lately: directories were moved while they were read.</summary>
    public bool IsInDoubt => _isInDoubt;

    public string PathOf(WatchedDirectory directory) => _tree.PathOf(directory);

    /// <summary>The paths of some directories; null when they are too many.</summary>
    public IReadOnlyList<string>? PathsOf(IReadOnlyCollection<WatchedDirectory> directories, int most) =>
        directories.Count > most ? null : [.. directories.Select(_tree.PathOf)];

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
        var watch = AddWatchOf(top);
        if (watch < 0)
        {
            Forget(owner);
            return -watch;
        }

        Place(top, watch);
        if (owner.Root.Recursive)
        {
            Enqueue(new Reading(top, _round, IsWalk: true, Announces: false));
        }

        return 0;
    }

    /// <summary>The walk is over: what was not seen is looked for once more, since it may have been moved to where the walk had been already.</summary>
    public void EndWalk(InotifyRoot owner)
    {
        if (owner.Top is not { } top)
        {
            return;
        }

        var unread = new List<WatchedDirectory>();
        for (WatchedDirectory? directory = top; directory is not null; directory = Next(directory, top))
        {
            if (directory.ReadInWalk != owner.Walk && directory != top)
            {
                unread.Add(directory);
            }
        }

        foreach (var directory in unread.Where(directory => !directory.IsDetached))
        {
            var watched = Watch(directory) ?? directory;
            if (!watched.IsDetached && watched.ReadInWalk != owner.Walk)
            {
                Enqueue(new Reading(watched, RoundUnderWay, IsWalk: true, Announces: true));
            }
        }
    }

    /// <summary>
    /// Walks through the roots once more after contradictions: each was put right by itself, but several at once may have hidden another one.
    /// What is not watched yet is watched, and looked into.
    /// </summary>
    public void Reassure(IEnumerable<InotifyRoot> owners)
    {
        _isInDoubt = false;
        foreach (var owner in owners.Where(owner => owner.Top is not null && owner.Root.Recursive))
        {
            owner.Walk++;
            Enqueue(new Reading(owner.Top!, _round, IsWalk: true, Announces: true));
            WhenRead(() => EndWalk(owner));
        }
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

        if (Watch(directory) is { } watched)
        {
            Enqueue(new Reading(watched, _round, IsWalk: false, Announces: true));
        }
    }

    /// <summary>
    /// Something was mounted or unmounted at a path, which no event says: what is there now is watched, and what is below it is read.
    /// </summary>
    /// <returns>False when the directory it lies in is not watched.</returns>
    public bool Remounted(InotifyRoot owner, string path)
    {
        var parent = owner.Root.Recursive ? owner.Top : null;
        var name = path;
        for (int slash; parent is not null && (slash = name.IndexOf('/', StringComparison.Ordinal)) >= 0; name = name[(slash + 1)..])
        {
            parent = _tree.TryFind(parent, name[..slash], out var child) ? child : null;
        }

        if (parent is null || IsIgnored(parent, name))
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
        if (IsIgnored(parent, name))
        {
            LookAgain(directory);
            return;
        }

        var watch = AddWatch(parent, name);
        var isInItself = DirectoryTree<WatchedDirectory>.IsAtOrBelow(parent, directory);
        if (isInItself || (watch >= 0 && watch != directory.Watch))
        {
            // The tree is ahead here: what left its place by this event was another one, or has moved on since.
            _isInDoubt = true;
            if (watch >= 0)
            {
                Observed(parent, name, watch);
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
                    Observed(parent, name, watch);
                }

                return;
            }
        }

        _tree.Move(directory, parent, name);
        if (watch == Elsewhere)
        {
            Postpone(new Reading(parent, RoundUnderWay, IsWalk: false, Announces: true));
        }

        if (!directory.Root.Rules.IsEmpty)
        {
            // What was ignored below it by its path may not be any more.
            Enqueue(new Reading(directory, _round, IsWalk: true, Announces: true));
        }
    }

    /// <summary>
    /// By an event something has left its place; but which directory that was is not said, and what is known there may be one that came
    /// afterwards, by an event that was read already.
    /// </summary>
    public void LookAgain(WatchedDirectory directory)
    {
        var watch = AddWatchOf(directory);
        if (watch == Elsewhere)
        {
            // It is found again when the directory above is.
            Postpone(new Reading(directory.Parent!, RoundUnderWay, IsWalk: false, Announces: true));
            Gone(directory);
        }
        else if (watch != directory.Watch && Watch(directory, watch) is { } watched)
        {
            LookInto(watched);
        }
    }

    /// <summary>
    /// A directory has left its place, by its name or by what the disk says, and so has what is below it. What is found again elsewhere keeps
    /// its watch; the others are taken away.
    /// </summary>
    public void Gone(WatchedDirectory top) => _tree.Remove(top, directory =>
    {
        directory.Owner.Unlack(directory);
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
            if (directory.Parent is not null)
            {
                // Without its number nobody could tell it from the one that has its name by now.
                Gone(directory);
            }
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
        for (; most > 0 && _toRead.TryDequeue(out var reading); most--)
        {
            if (reading.Directory.IsDetached || Read(reading))
            {
                Done(reading.Round);
            }
        }

        Answer();
        if (_toRead.Count == 0 && _postponed.Count == 0 && _unplaced.Count > 0)
        {
            // If one turns up after all, it is watched anew, and looked into.
            foreach (var watch in _unplaced)
            {
                LinuxInotify.RemoveWatch(inotify, watch);
            }

            _unplaced.Clear();
        }
    }

    /// <summary>Tries again to read the directories that were not where the tree has them.</summary>
    /// <param name="isQuiet">Whether no event has come meanwhile.</param>
    public void ReadPostponed(bool isQuiet)
    {
        foreach (var (_, reading) in _postponed)
        {
            _toRead.Enqueue(isQuiet ? reading with { QuietTries = reading.QuietTries + 1 } : reading);
        }

        _postponed.Clear();
    }

    /// <summary>Whether the root is still the directory that is watched; a root that is renamed tells nobody.</summary>
    public bool IsInPlace(InotifyRoot owner)
    {
        if (owner.Top is not { } top)
        {
            return false;
        }

        var watch = AddWatchOf(top);
        GiveBackUnknown(watch);
        return watch == top.Watch;
    }

    /// <returns>Whether it is done, and need not be tried again.</returns>
    private bool Read(Reading reading)
    {
        var directory = reading.Directory;
        var descriptor = OpenInPlace(directory, isListed: true);
        if (descriptor == Elsewhere)
        {
            if (reading.QuietTries < QuietTries)
            {
                PostponeCounted(reading);
                return false;
            }

            LoseTrack(directory);
            return true;
        }

        directory.ReadInWalk = directory.Owner.Walk;
        if (descriptor < 0)
        {
            Refuse(directory, -descriptor);
            return true;
        }

        if (directory.Watch != WatchedDirectory.NoWatch)
        {
            directory.Owner.Unlack(directory);
        }

        int count;
        while ((count = LinuxNames.ReadEntries(descriptor, _listing)) > 0)
        {
            var entries = new LinuxDirectoryEntries(_listing.AsSpan(0, count));
            while (entries.MoveNext() && !directory.IsDetached)
            {
                if (DirectoryOnDisk.IsDirectory(descriptor, entries))
                {
                    Found(reading, PathText.Decode(entries.Name), descriptor);
                }
            }
        }

        var error = LinuxErrors.LastError;
        LinuxFiles.Close(descriptor);
        if (count < 0)
        {
            Refuse(directory, error);
        }

        return true;
    }

    /// <summary>No event comes, and still it is not where it must be: an event is missing. What is there is found out anew.</summary>
    private void LoseTrack(WatchedDirectory directory)
    {
        var owner = directory.Owner;
        if (owner.Top is not { } top || !IsInPlace(owner))
        {
            // The root itself has another place: who looks after it finds out.
            return;
        }

        if (directory != top)
        {
            Gone(directory);
        }

        changes.ReportLoss(owner.Root, "", GapCause.SourceError, "A directory is not where its events said it is; the whole root is compared with the disk.");
        owner.Walk++;
        Enqueue(new Reading(top, RoundUnderWay, IsWalk: true, Announces: true));
    }

    private void Found(in Reading reading, string name, int parentDescriptor)
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

        if (Watch(directory, AddWatchIn(parentDescriptor, name)) is { } watched)
        {
            Enqueue(reading with { Directory = watched, QuietTries = 0 });
            if (reading.Announces)
            {
                // After it is watched: whoever looks into it because of this hint comes later. The system has not named it.
                changes.Write(new FileChange(FileChangeKind.Created, owner.Root, PathOf(watched)) { Origin = AuditEventOrigin.Discovered });
            }
        }
        else if (reading.IsWalk && directory.ReadInWalk != owner.Walk && !directory.IsDetached)
        {
            Enqueue(reading with { Directory = directory, QuietTries = 0 });
        }
    }

    /// <summary>Another directory than was thought stands under a name.</summary>
    private void Observed(WatchedDirectory parent, string name, int watch)
    {
        if (!_tree.TryFind(parent, name, out var directory))
        {
            directory = new WatchedDirectory(parent.Owner, parent, name);
            _tree.Add(directory);
        }

        if (Watch(directory, watch) is { } watched)
        {
            LookInto(watched);
        }
    }

    /// <summary>Nothing was heard of it for a while: what is in it, files too, is looked at.</summary>
    private void LookInto(WatchedDirectory directory)
    {
        Enqueue(new Reading(directory, RoundUnderWay, IsWalk: false, Announces: true));
        if (directory.Parent is not null)
        {
            changes.Write(new FileChange(FileChangeKind.Created, directory.Root, PathOf(directory)));
        }
    }

    private WatchedDirectory? Watch(WatchedDirectory directory) => Watch(directory, AddWatchOf(directory));

    /// <summary>Places what was watched under a directory's name.</summary>
    /// <returns>The directory that stands there, when it was not watched before and so has to be read; otherwise null.</returns>
    private WatchedDirectory? Watch(WatchedDirectory directory, int watch)
    {
        if (watch == Elsewhere)
        {
            Postpone(new Reading(directory.Parent!, RoundUnderWay, IsWalk: false, Announces: true));
            return null;
        }

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
            // Another directory stood here when it was watched, and what is known below is of that one.
            directory = Anew(directory);
        }

        if (!_byWatch.TryGetValue(watch, out var known))
        {
            Map(directory, watch);
            return directory;
        }

        var there = AddWatchOf(known);
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

        _isInDoubt = true;
        var former = known.Parent;
        var result = Replace(directory, known, watch);
        GiveBackUnknown(there);
        if (there >= 0 && former is { IsDetached: false })
        {
            // Where it was, something else is by now.
            Enqueue(new Reading(former, RoundUnderWay, IsWalk: false, Announces: true));
        }

        return result;
    }

    private WatchedDirectory Anew(WatchedDirectory directory)
    {
        _isInDoubt = true;
        if (directory.Parent is { } parent)
        {
            Gone(directory);
            var anew = new WatchedDirectory(directory.Owner, parent, directory.Name);
            _tree.Add(anew);
            return anew;
        }

        // A root that is another directory now is walked through, which ends with what was below it before.
        var left = directory.Watch;
        if (Unmap(directory))
        {
            _unplaced.Add(left);
        }

        return directory;
    }

    /// <summary>A directory that is known elsewhere has come to this place, and the event that says so is still to be read.</summary>
    private WatchedDirectory? Replace(WatchedDirectory directory, WatchedDirectory known, int watch)
    {
        var (owner, parent, name) = (directory.Owner, directory.Parent, directory.Name);
        if (parent is not null && known.Parent is not null && known.Owner == owner && !DirectoryTree<WatchedDirectory>.IsAtOrBelow(parent, known))
        {
            Gone(directory);
            if (known.IsDetached)
            {
                known = new WatchedDirectory(owner, parent, name);
                _tree.Add(known);
                Map(known, watch);
                return known;
            }

            _tree.Move(known, parent, name);

            // What is in it may be quite different from what was in it there.
            return known;
        }

        if (DirectoryTree<WatchedDirectory>.IsAtOrBelow(directory, known))
        {
            // It is said to lie in itself: what it lies in has left it, and the event that says so is still to be read.
            if (parent is not null)
            {
                Gone(directory);
                Postpone(new Reading(parent, RoundUnderWay, IsWalk: false, Announces: true));
            }

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
        directory.Owner.Unlack(directory);
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

    private void Refuse(WatchedDirectory directory, int error)
    {
        var owner = directory.Owner;
        switch (error)
        {
            case var _ when HasLeft(error):
                // It has left; the event that says where to, or that it was deleted, is still to be read.
                if (directory.Parent is not null && !directory.IsDetached)
                {
                    Gone(directory);
                }

                break;
            case var _ when directory.IsDetached:
                break;
            case LinuxErrors.EACCES or LinuxErrors.EPERM:
                owner.LackRight(directory, LinuxErrors.Describe(error));
                break;
            default:
                owner.Lack(directory, error == ENOSPC ? null : WatchLimit.ExplainNotWatched(error));
                break;
        }
    }

    private bool IsIgnored(WatchedDirectory parent, string name) =>
        !parent.Root.Rules.IsEmpty && parent.Root.IsIgnoredDirectory(_tree.PathOf(parent, name));

    private WatchedDirectory AddTop(InotifyRoot owner)
    {
        var top = new WatchedDirectory(owner, parent: null, "");
        _tree.Add(top);
        return top;
    }

    /// <returns>The watch, the system's error as a negative number, or <see cref="Elsewhere"/>.</returns>
    private int AddWatchOf(WatchedDirectory directory)
    {
        if (directory.Parent is { } parent)
        {
            return AddWatch(parent, directory.Name);
        }

        var descriptor = Open(directory, isListed: false);
        var watch = descriptor < 0 ? descriptor : AddWatch(descriptor, name: null, LinuxInotify.IN_DELETE_SELF);
        LinuxFiles.Close(descriptor);
        return watch;
    }

    private int AddWatch(WatchedDirectory parent, string name)
    {
        var descriptor = OpenInPlace(parent, isListed: false);
        var watch = descriptor < 0 ? descriptor : AddWatchIn(descriptor, name);
        LinuxFiles.Close(descriptor);
        return watch;
    }

    private int AddWatchIn(int descriptor, string name) => AddWatch(descriptor, name, LinuxInotify.IN_DONT_FOLLOW);

    /// <summary>Watches an open directory, or what stands under a name in it: its path may lead elsewhere by now, the descriptor cannot.</summary>
    private int AddWatch(int descriptor, string? name, uint flags)
    {
        Span<byte> path = stackalloc byte[32 + NameBytes];
        var length = LinuxOpening.WriteDescriptorPath(descriptor, path);
        if (name is not null)
        {
            if (name.Length * 3 >= NameBytes)
            {
                return -LinuxErrors.ENOENT;
            }

            path[length++] = (byte)'/';
            length += PathText.Encode(name, path[length..]);
        }

        path[length] = 0;
        var watch = LinuxInotify.AddWatch(inotify, path, mask | LinuxInotify.IN_ONLYDIR | flags);
        return watch < 0 ? -LinuxErrors.LastError : watch;
    }

    /// <summary>Opens a directory and makes sure that it is the one that is meant.</summary>
    /// <returns>The descriptor, the system's error as a negative number, or <see cref="Elsewhere"/>.</returns>
    private int OpenInPlace(WatchedDirectory directory, bool isListed)
    {
        var descriptor = Open(directory, isListed);
        if (descriptor < 0)
        {
            return HasLeft(-descriptor) ? Elsewhere : descriptor;
        }

        var watch = AddWatch(descriptor, name: null, directory.Parent is null ? LinuxInotify.IN_DELETE_SELF : 0);
        if (watch == directory.Watch)
        {
            return descriptor;
        }

        if (directory.Watch == WatchedDirectory.NoWatch && (watch < 0 || !_byWatch.ContainsKey(watch)))
        {
            if (watch >= 0)
            {
                Map(directory, watch);
            }

            // When it is refused one still, what is below is compared with the disk in any case.
            return descriptor;
        }

        LinuxFiles.Close(descriptor);
        GiveBackUnknown(watch);
        return watch < 0 && !HasLeft(-watch) ? watch : Elsewhere;
    }

    /// <summary>A watch that was only set to learn its number.</summary>
    private void GiveBackUnknown(int watch)
    {
        if (watch >= 0 && !_byWatch.ContainsKey(watch))
        {
            _unplaced.Add(watch);
        }
    }

    private static bool HasLeft(int error) =>
        error is LinuxErrors.ENOENT or LinuxErrors.ENOTDIR or LinuxErrors.ELOOP or LinuxErrors.ESTALE or LinuxErrors.ENODEV;

    private int Open(WatchedDirectory directory, bool isListed)
    {
        int descriptor;
        if (TryEncode(directory, out var path))
        {
            descriptor = isListed ? LinuxBeneath.OpenToList(path) : LinuxBeneath.OpenToStandOn(path);
        }
        else
        {
            // One that is longer than the kernel takes.
            var (root, relative) = (directory.Root.PhysicalPath, _tree.PathOf(directory));
            descriptor = isListed ? LinuxBeneath.OpenToList(root, relative) : LinuxBeneath.OpenToStandOn(root, relative);
        }

        return descriptor < 0 ? -LinuxErrors.LastError : descriptor;
    }

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

    // What comes to light while directories are read is waited for by who waits for these.
    private long RoundUnderWay => _unreadByRound.Count == 0 ? _round : FirstRound();

    private void Enqueue(in Reading reading)
    {
        _toRead.Enqueue(reading);
        _unreadByRound[reading.Round] = _unreadByRound.GetValueOrDefault(reading.Round) + 1;
    }

    /// <summary>The tree is behind the disk about this directory: it is read once the events are that are still to come.</summary>
    private void Postpone(in Reading reading)
    {
        _unreadByRound[reading.Round] = _unreadByRound.GetValueOrDefault(reading.Round) + 1;
        PostponeCounted(reading);
    }

    private void PostponeCounted(Reading reading)
    {
        _isInDoubt = true;
        if (_postponed.TryGetValue(reading.Directory, out var other))
        {
            // Once is enough; the one waits for both who waits longer.
            Done(Math.Max(reading.Round, other.Round));
            reading = new Reading(
                reading.Directory, Math.Min(reading.Round, other.Round), reading.IsWalk || other.IsWalk, reading.Announces || other.Announces, Math.Min(reading.QuietTries, other.QuietTries));
        }

        _postponed[reading.Directory] = reading;
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

    /// <summary>A directory that is to be read for the directories in it.</summary>
    /// <param name="Directory">It is watched already.</param>
    /// <param name="Round">Who waits for a round waits for all that is found by it.</param>
    /// <param name="IsWalk">Whether directories in it that are watched are read, too.</param>
    /// <param name="Announces">Whether a hint is given for each that was not watched; not where everything is compared afterwards.</param>
    /// <param name="QuietTries">How often it was tried while no event came.</param>
    private readonly record struct Reading(WatchedDirectory Directory, long Round, bool IsWalk, bool Announces, int QuietTries = 0);
}
