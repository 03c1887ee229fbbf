using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

// Directories in which somebody may be who is missed, and what is in them: those that are new, and those that were moved.
internal sealed partial class PlaceSearch
{
    // So many items of directories are looked at in one judgement: a tree that was moved in may be of any size.
    private const int MostListed = 1024;

    // What opening, reading and closing a directory is worth, and how many of its names are worth one look.
    private const int LooksPerListing = 4;
    private const int NamesPerLook = 16;

    private readonly HashSet<string> _listed = [];
    private readonly Queue<string> _newDirectories = new();
    private readonly Queue<string> _movedDirectories = new();
    private readonly HashSet<string> _inMoved = [];
    private int _items;

    /// <summary>Lists one more directory in which something that is missed may be: one that is new, or that was moved itself, or with one above.</summary>
    /// <returns>Whether there was one.</returns>
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

    /// <summary>Lists a directory that was compared before: who was renamed in it meanwhile may have been seen at neither name, and no hint says so.</summary>
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

    /// <summary>Whether a name has to be looked at: a directory for what is in it, and what may be known elsewhere, or at all.</summary>
    private bool MayBeMoved(SnapshotEntry? directory, string name, FileIdentity identity, ItemType type) =>
        type is ItemType.Directory or ItemType.Unknown
        || !identity.IsKnown
        || (directory?.FindChild(name)?.Identity.IsSame(identity) != true && snapshot.FindByIdentity(identity) is not null);

    /// <summary>Notes a directory in which somebody may be who is missed.</summary>
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
