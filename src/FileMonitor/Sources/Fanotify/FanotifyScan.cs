using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// Finds the directories below those that it is given and puts them into the tree, after the mark was set: what happens meanwhile is in the
/// kernel's queue. Owner: the source's thread, which reads that queue between two slices; a thread of its own would have to hand over what
/// it found to the owner of the tree, late by an unknown number of events.
/// </summary>
/// <remarks>
/// It opens directories by their handles: whatever they are called by now, it is the one meant. Files are not looked at. What it sees may be
/// ahead of the events still to come; <see cref="FanotifyTree"/> says why that is no harm.
/// </remarks>
internal sealed class FanotifyScan(FanotifyTree tree, FanotifyVolumes volumes, FanotifyMounts mounts) : IDisposable
{
    // A slice: a fraction of a millisecond when the disk's contents are cached.
    private const int DirectoriesPerSlice = 32;
    private const int ListingBytes = 32 * 1024;

    // The last one first: the number of those waiting stays near the depth of the tree times its breadth.
    private readonly Stack<FanotifyDirectory> _waiting = new();
    private readonly byte[] _listing = new byte[ListingBytes];
    private FanotifyDirectory? _current;
    private int _open = -1;
    private bool _hasFailed;

    public bool IsUnderWay => _current is not null || _waiting.Count > 0;

    /// <summary>Told of a mount point below a root: its parent, its name.</summary>
    public Action<FanotifyDirectory, string>? FoundMount { get; set; }

    /// <summary>Told of a directory that is mounted where it was known, and really stands somewhere else: below a root, at a path.</summary>
    public Action<FanotifyDirectory, MonitoredRoot, string>? FoundTwice { get; set; }

    /// <summary>Told of a directory that could not be listed, and the system's error; 0 when it is not there any more.</summary>
    public Action<FanotifyDirectory, int>? Failed { get; set; }

    /// <summary>Told of a directory that was listed to its end.</summary>
    public Action<FanotifyDirectory>? Listed { get; set; }

    public void Add(FanotifyDirectory directory)
    {
        if (directory.Root.Recursive)
        {
            _waiting.Push(directory);
        }
    }

    /// <summary>Forgets what is still to be done.</summary>
    public void Clear()
    {
        _waiting.Clear();
        Close();
    }

    public void RunSlice()
    {
        for (var i = 0; i < DirectoriesPerSlice && TryOpenNext(); i++)
        {
            // One that was moved out meanwhile is nobody's business.
            var count = tree.Holds(_current!) ? LinuxNames.ReadEntries(_open, _listing) : 0;
            if (count > 0)
            {
                Hear(new LinuxDirectoryEntries(_listing.AsSpan(0, count)));
                continue;
            }

            if (count < 0)
            {
                Fail(_current!, HasGone(LinuxErrors.LastError) ? 0 : LinuxErrors.LastError);
            }
            else if (!_hasFailed)
            {
                Listed?.Invoke(_current!);
            }

            Close();
        }
    }

    public void Dispose() => Clear();

    private bool TryOpenNext()
    {
        while (_current is null && _waiting.TryPop(out var next))
        {
            if (!tree.Holds(next))
            {
                continue;
            }

            _open = volumes.OpenToList(next.Handle, out var error);
            if (_open >= 0)
            {
                _current = next;
            }
            else
            {
                Fail(next, HasGone(error) ? 0 : error);
            }
        }

        return _current is not null;
    }

    private void Hear(LinuxDirectoryEntries entries)
    {
        while (_current is { } parent && entries.MoveNext())
        {
            if (entries.ItemType == ItemType.Directory
                || (entries.ItemType == ItemType.Unknown && LinuxFiles.TryGetStatus(_open, entries.NameAndZero, out var status) && status.ItemType == ItemType.Directory))
            {
                Hear(parent, entries.NameAndZero, PathText.Decode(entries.Name));
            }
        }
    }

    private void Hear(FanotifyDirectory parent, ReadOnlySpan<byte> nameAndZero, string name)
    {
        if (mounts.IsMountPoint(parent.Root, tree.PathOf(parent, name)))
        {
            FoundMount?.Invoke(parent, name);
            return;
        }

        Span<byte> handle = stackalloc byte[LinuxHandles.MaxBytes];
        var length = LinuxHandles.Get(LinuxHandles.FileSystemOf(parent.Handle), _open, nameAndZero, handle);
        if (length < 0)
        {
            if (!HasGone(LinuxErrors.LastError))
            {
                Fail(parent, LinuxErrors.LastError);
            }

            return;
        }

        // At a mount point it stands only as long as nothing else is known of it: one directory has one place.
        if (tree.TryFind(handle[..length], out var known)
            && (known.Parent != parent || known.Name != name)
            && !FanotifyTree.IsGone(known)
            && mounts.IsMountPoint(known.Root, tree.PathOf(known)))
        {
            FoundTwice?.Invoke(known, parent.Root, tree.PathOf(parent, name));
        }

        // Impossible: moved below a place it was above, which events still to come will say.
        if (tree.Place(parent, name, handle[..length], out var directory) is Placement.New or Placement.Known)
        {
            Add(directory!);
        }
    }

    // Meanwhile, like so much.
    private static bool HasGone(int error) => error is 0 or LinuxErrors.ENOENT or LinuxErrors.ESTALE or LinuxErrors.ENOTDIR;

    private void Fail(FanotifyDirectory directory, int error)
    {
        _hasFailed = true;
        Failed?.Invoke(directory, error);
    }

    private void Close()
    {
        LinuxFiles.Close(_open);
        _open = -1;
        _current = null;
        _hasFailed = false;
    }
}
