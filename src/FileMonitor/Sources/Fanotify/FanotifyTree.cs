using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// The watched directories by their handles. What has none here is foreign: one look-up, and nothing is made for it. Owner: the source's
/// thread; nobody else sees it, so it needs no lock.
/// </summary>
/// <remarks>
/// Two things speak to it: events, in the order in which things happened, and the scan, which sees the disk as it is now and so is ahead
/// of the events still in the queue. Both may be repeated, and the last one that speaks of a directory is right: an event that is still to
/// come is never older than what the scan saw before it. So whoever is in the way of a directory is only unhooked, with all below it, and
/// kept: the event that says where it went puts it back.
/// </remarks>
internal sealed class FanotifyTree
{
    // What happens in a directory may be heard after its deletion, because the kernel merges a deletion with an earlier event; it looks
    // back at 128 of them. Deleting a tree deletes its lowest directories first, and these must have a path until their events are read.
    private const int MaxRetired = 4096;

    private readonly DirectoryTree<FanotifyDirectory> _tree = new();
    private readonly Dictionary<byte[], FanotifyDirectory> _byHandle = new(FanotifyHandleComparer.Instance);
    private readonly Dictionary<byte[], FanotifyDirectory>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private readonly Dictionary<MonitoredRoot, FanotifyDirectory> _roots = [];
    private readonly HashSet<MonitoredRoot> _pruned = [];
    private readonly Queue<(FanotifyDirectory Directory, long As)> _retired = new();
    private long _lastRetired;

    public FanotifyTree() => _bySpan = _byHandle.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Directories known, roots and retired ones included.</summary>
    public int Count => _byHandle.Count;

    public bool TryFind(ReadOnlySpan<byte> handle, [NotNullWhen(true)] out FanotifyDirectory? directory) => _bySpan.TryGetValue(handle, out directory);

    public bool TryFind(FanotifyDirectory parent, string name, [NotNullWhen(true)] out FanotifyDirectory? directory) =>
        _tree.TryFind(parent, name, out directory);

    public FanotifyDirectory? RootOf(MonitoredRoot root) => _roots.GetValueOrDefault(root);

    public string PathOf(FanotifyDirectory directory) => _tree.PathOf(directory);

    public string PathOf(FanotifyDirectory directory, string name) => _tree.PathOf(directory, name);

    /// <summary>Begins a root anew. Null when its directory is known below another root already.</summary>
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

    /// <summary>A directory has this place now, whatever was known of it and of the place.</summary>
    public Placement Place(FanotifyDirectory parent, string name, ReadOnlySpan<byte> handle, out FanotifyDirectory? directory)
    {
        _ = TryFind(handle, out directory);
        if (!TryFind(parent, name, out var occupant) || occupant != directory)
        {
            // Neither do events say that; unless some are missing.
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

    /// <summary>Whether directories were left out below a root: one that is moved may have to be looked into then, for they may count elsewhere.</summary>
    public bool IsPruned(MonitoredRoot root) => _pruned.Contains(root);

    /// <summary>A directory was deleted, or something else has its place: it keeps its path for what is still to be heard of it.</summary>
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

    /// <summary>A directory has left, with everything below it: all that is heard of it from now on is foreign.</summary>
    public void Remove(FanotifyDirectory directory)
    {
        directory.RetiredAs = 0;
        _tree.Remove(directory, gone => _byHandle.Remove(gone.Handle));
    }

    /// <summary>Whether it, or a directory above it, is kept only for what is still to be heard.</summary>
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

    /// <summary>Whether it is still known.</summary>
    public bool Holds(FanotifyDirectory directory) => _byHandle.GetValueOrDefault(directory.Handle) == directory;
}

/// <summary>What came of giving a directory a place.</summary>
internal enum Placement
{
    /// <summary>It was known, there or elsewhere; so is what is below it.</summary>
    Known,

    /// <summary>It is new.</summary>
    New,

    /// <summary>It is one of those that are left out, and is not kept.</summary>
    Ignored,

    /// <summary>It is a root itself, or would lie below itself.</summary>
    Impossible,
}
