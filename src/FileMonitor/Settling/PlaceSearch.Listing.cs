using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

// Lists new and moved directories, in which a missing item may be.
internal sealed partial class PlaceSearch
{
    // How many items of listed directories one search looks at: a tree that was moved in may be of any size.
    private const int MostListed = 1024;

    // The cost of opening, reading and closing a directory, and how many of its names cost one look.
    private const int LooksPerListing = 4;
    private const int NamesPerLook = 16;

    private readonly HashSet<string> _listed = [];
    private readonly Queue<string> _newDirectories = new();
    private readonly Queue<string> _movedDirectories = new();
    private readonly HashSet<string> _inMoved = [];
    private int _items;

    /// <summary>Lists the next directory that may hold a missing item: a new one, or one that was moved, itself or with a directory above it.</summary>
    /// <returns>Whether there was a directory to list.</returns>
    public bool TryListMore()
    {
        while (_items < MostListed && (_newDirectories.TryDequeue(out var directory) || _movedDirectories.TryDequeue(out directory)))
        {
            if (_listed.Add(directory))
            {
                List(directory);
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Lists a directory that was compared before: an item renamed in it during the comparison may have been seen at neither name, and no hint
    /// says so.
    /// </summary>
    public void ListAgain(string directory)
    {
        if (_items < MostListed && _listed.Add(directory))
        {
            List(directory);
        }
    }

    private void List(string directory)
    {
        var names = 0;
        var known = directory.Length == 0 ? snapshot.Top : _at.GetValueOrDefault(directory);
        var device = looks.GetDirectory(snapshot.Root.PhysicalPath, directory).Identity.Device;
        looks.ListNumbers(snapshot.Root.PhysicalPath, directory, (name, number, type) =>
        {
            names++;
            if (_items < MostListed && MayBeMoved(known, name, new FileIdentity(device, number), type))
            {
                _items++;
                Enqueue(PathText.Join(directory, name));
            }
        });
        budget.Spend(LooksPerListing + (names / NamesPerLook));
        See();
    }

    /// <summary>Whether a name has to be looked at: a directory for its contents, or an item that may be known elsewhere.</summary>
    private bool MayBeMoved(SnapshotEntry? directory, string name, FileIdentity identity, ItemType type) =>
        type is ItemType.Directory or ItemType.Unknown
        || !identity.IsKnown
        || (directory?.FindChild(name)?.Identity.IsSame(identity) != true && snapshot.FindByIdentity(identity) is not null);

    /// <summary>Notes a directory that may hold a missing item.</summary>
    private void NoteDirectory(string path, in FileStatus status, SnapshotEntry? entry, bool isMoved)
    {
        if (!status.IsFound || status.ItemType != ItemType.Directory)
        {
            return;
        }

        if (entry is null)
        {
            _newDirectories.Enqueue(path);
        }
        else if (isMoved || _inMoved.GetAlternateLookup<ReadOnlySpan<char>>().Contains(PathText.DirectoryOf(path)))
        {
            _inMoved.Add(path);
            _movedDirectories.Enqueue(path);
        }
    }
}
