using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// Finds the directories below given ones and puts them into the tree. Runs after the mark was set, so that events from meanwhile are in the
/// kernel's queue. Owner: the source's thread, which reads that queue between two slices. A second thread would hand over its findings late, by
/// an unknown number of events.
/// </summary>
/// <remarks>
/// Opens directories by handle, so a rename does not matter. Files are not looked at. The scan may be ahead of the events;
/// <see cref="FanotifyTree"/> says why that does no harm.
/// </remarks>
internal sealed class FanotifyScan(FanotifyTree tree, FanotifyVolumes volumes, FanotifyMounts mounts) : IDisposable
{
    // One slice takes a fraction of a millisecond when the disk is cached.
    private const int DirectoriesPerSlice = 32;
    private const int ListingBytes = 32 * 1024;

    // A stack: the number of waiting directories stays near the depth of the tree times its breadth.
    private readonly Stack<FanotifyDirectory> _waiting = new();
    private readonly byte[] _listing = new byte[ListingBytes];
    private FanotifyDirectory? _current;
    private int _open = -1;
    private bool _hasFailed;

    public bool IsUnderWay => _current is not null || _waiting.Count > 0;

    /// <summary>Called for a mount point below a root, with its parent and name.</summary>
    public Action<FanotifyDirectory, string>? FoundMount { get; set; }

    /// <summary>Called for a directory whose known place is a mount point, with its real place: a root and a path.</summary>
    public Action<FanotifyDirectory, MonitoredRoot, string>? FoundTwice { get; set; }

    /// <summary>Called for a directory that could not be listed, with the system's error; 0 when it is gone.</summary>
    public Action<FanotifyDirectory, int>? Failed { get; set; }

    /// <summary>Called for a directory that was listed completely.</summary>
    public Action<FanotifyDirectory>? Listed { get; set; }

    public void Add(FanotifyDirectory directory)
    {
        if (directory.Root.Recursive)
        {
            _waiting.Push(directory);
        }
    }

    /// <summary>Forgets the directories that are still to be scanned.</summary>
    public void Clear()
    {
        _waiting.Clear();
        Close();
    }

    public void RunSlice()
    {
        for (var i = 0; i < DirectoriesPerSlice && TryOpenNext(); i++)
        {
            // A directory that left the tree is not read.
            var count = tree.Holds(_current!) ? LinuxNames.ReadEntries(_open, _listing) : 0;
            if (count > 0)
            {
                Handle(new LinuxDirectoryEntries(_listing.AsSpan(0, count)));
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

    private void Handle(LinuxDirectoryEntries entries)
    {
        while (_current is { } parent && entries.MoveNext())
        {
            if (entries.ItemType == ItemType.Directory
                || (entries.ItemType == ItemType.Unknown && LinuxFiles.TryGetStatus(_open, entries.NameAndZero, out var status) && status.ItemType == ItemType.Directory))
            {
                Handle(parent, entries.NameAndZero, PathText.Decode(entries.Name));
            }
        }
    }

    private void Handle(FanotifyDirectory parent, ReadOnlySpan<byte> nameAndZero, string name)
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

        // A directory has one place in the tree. A mount point is its place only until another one is found.
        if (tree.TryFind(handle[..length], out var known)
            && (known.Parent != parent || known.Name != name)
            && !FanotifyTree.IsGone(known)
            && mounts.IsMountPoint(known.Root, tree.PathOf(known)))
        {
            FoundTwice?.Invoke(known, parent.Root, tree.PathOf(parent, name));
        }

        // On Impossible do nothing: the directory was moved below a place that it was above, and the events that say so are still to come.
        if (tree.Place(parent, name, handle[..length], out var directory) is Placement.New or Placement.Known)
        {
            Add(directory!);
        }
    }

    // Whether an error means that the directory vanished during the scan.
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
