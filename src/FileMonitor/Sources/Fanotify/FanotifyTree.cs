using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// The watched directories by their handles. An unknown handle is outside the roots: one look-up without an allocation. Owner: the source's
/// thread.
/// </summary>
/// <remarks>
/// The tree is changed by events, in their order, and by the scan, which sees the disk as it is now and so is ahead of the events in the queue.
/// Both may repeat each other, and the latest is right: an event still to come is never older than what the scan saw before. So a directory in
/// the way of another one is only unhooked, with everything below it, and kept: the event that says where it went puts it back.
/// </remarks>
internal sealed class FanotifyTree
{
    // An event in a directory may come after its deletion, because the kernel merges a deletion with one of the 128 events before. Deleting a
    // tree deletes its lowest directories first, and these need a path until their events are read.
    private const int MaxRetired = 4096;

    private readonly DirectoryTree<FanotifyDirectory> _tree = new();
    private readonly Dictionary<byte[], FanotifyDirectory> _byHandle = new(FanotifyHandleComparer.Instance);
    private readonly Dictionary<byte[], FanotifyDirectory>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private readonly Dictionary<MonitoredRoot, FanotifyDirectory> _roots = [];
    private readonly HashSet<MonitoredRoot> _pruned = [];
    private readonly Queue<(FanotifyDirectory Directory, long As)> _retired = new();
    private long _lastRetired;

    public FanotifyTree() => _bySpan = _byHandle.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>How many directories are known, roots and retired ones included.</summary>
    public int Count => _byHandle.Count;

    public bool TryFind(ReadOnlySpan<byte> handle, [NotNullWhen(true)] out FanotifyDirectory? directory) => _bySpan.TryGetValue(handle, out directory);

    public bool TryFind(FanotifyDirectory parent, string name, [NotNullWhen(true)] out FanotifyDirectory? directory) =>
        _tree.TryFind(parent, name, out directory);

    public FanotifyDirectory? RootOf(MonitoredRoot root) => _roots.GetValueOrDefault(root);

    public string PathOf(FanotifyDirectory directory) => _tree.PathOf(directory);

    public string PathOf(FanotifyDirectory directory, string name) => _tree.PathOf(directory, name);

    /// <summary>Adds a root, or replaces it. Null when its directory is known below another root already.</summary>
    public FanotifyDirectory? AddRoot(MonitoredRoot root, ReadOnlySpan<byte> handle)
    {
        RemoveRoot(root);
        if (TryFind(handle, out var known))
        {
            if (!IsGone(known))
            {
                return null;
            }

            Remove(known);
        }

        var directory = new FanotifyDirectory(root, parent: null, "", handle.ToArray());
        _tree.Add(directory);
        _byHandle.Add(directory.Handle, directory);
        return _roots[root] = directory;
    }

    public void RemoveRoot(MonitoredRoot root)
    {
        if (_roots.Remove(root, out var known))
        {
            Remove(known);
        }
    }

    /// <summary>Puts a directory at a place, whatever the tree had there or about it.</summary>
    public Placement Place(FanotifyDirectory parent, string name, ReadOnlySpan<byte> handle, out FanotifyDirectory? directory)
    {
        _ = TryFind(handle, out directory);
        if (!TryFind(parent, name, out var occupant) || occupant != directory)
        {
            // Events do not say this either, unless some are missing.
            if (directory is not null && (directory.Parent is null || DirectoryTree<FanotifyDirectory>.IsAtOrBelow(parent, directory)))
            {
                return Placement.Impossible;
            }

            if (occupant is not null)
            {
                Retire(occupant);
            }
        }

        if (parent.Root.IsIgnoredDirectory(PathOf(parent, name)))
        {
            _pruned.Add(parent.Root);
            if (directory is not null)
            {
                Remove(directory);
            }

            return Placement.Ignored;
        }

        if (directory is not null && directory.Root == parent.Root)
        {
            if (occupant != directory)
            {
                directory.RetiredAs = 0;
                _tree.Move(directory, parent, name);
            }

            return Placement.Known;
        }

        if (directory is not null)
        {
            Remove(directory);
        }

        directory = new FanotifyDirectory(parent.Root, parent, name, handle.ToArray());
        _tree.Add(directory);
        _byHandle.Add(directory.Handle, directory);
        return Placement.New;
    }

    /// <summary>
    /// Whether ignored directories were left out below a root: a moved directory then has to be scanned, because they may count at its new path.
    /// </summary>
    public bool IsPruned(MonitoredRoot root) => _pruned.Contains(root);

    /// <summary>Unhooks a directory that was deleted or replaced. It keeps its path for events that are still to come.</summary>
    public void Retire(FanotifyDirectory directory)
    {
        if (directory.Parent is null)
        {
            return;
        }

        _tree.Unhook(directory);
        directory.RetiredAs = ++_lastRetired;
        _retired.Enqueue((directory, directory.RetiredAs));
        while (_retired.Count > MaxRetired)
        {
            var (oldest, number) = _retired.Dequeue();
            if (oldest.RetiredAs == number)
            {
                Remove(oldest);
            }
        }
    }

    /// <summary>Removes a directory with everything below it: later events about it are outside the roots.</summary>
    public void Remove(FanotifyDirectory directory)
    {
        directory.RetiredAs = 0;
        _tree.Remove(directory, gone => _byHandle.Remove(gone.Handle));
    }

    /// <summary>Whether the directory, or one above it, is retired.</summary>
    public static bool IsGone(DirectoryNode directory)
    {
        for (var above = directory; above is not null; above = above.Parent)
        {
            if (above.IsDetached)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the directory is still known.</summary>
    public bool Holds(FanotifyDirectory directory) => _byHandle.GetValueOrDefault(directory.Handle) == directory;
}

/// <summary>The result of <see cref="FanotifyTree.Place"/>.</summary>
internal enum Placement
{
    /// <summary>The directory was known, there or elsewhere, and so is everything below it.</summary>
    Known,

    /// <summary>The directory is new.</summary>
    New,

    /// <summary>The directory is ignored and not kept.</summary>
    Ignored,

    /// <summary>The directory is a root itself, or would be below itself.</summary>
    Impossible,
}
