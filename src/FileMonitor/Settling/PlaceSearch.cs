using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

/// <summary>
/// Finds known items that are at another place on disk than in the snapshot. Hints only say which names to look at; the identity decides which
/// item is there. A place is a name in a directory that is itself found by its identity, so the contents of a renamed directory have not moved.
/// Made for one change. Owner: the pump.
/// </summary>
internal sealed partial class PlaceSearch(Snapshot snapshot, ITurnView looks, Debouncer debouncer, MovedDirectories movedBefore, LookBudget budget)
{
    // How many names one search looks at: the waiting changes are looked up for each.
    private const int MostNames = 512;

    private readonly Dictionary<string, FileStatus> _seen = [];
    private readonly Queue<(string Path, bool IsOnTheWay)> _toSee = new();
    private readonly HashSet<string> _names = [];
    private readonly List<string> _newNames = [];
    private readonly Dictionary<string, string> _from = [];
    private readonly Dictionary<string, SnapshotEntry> _at = [];
    private readonly Dictionary<SnapshotEntry, string> _places = [];
    private readonly HashSet<SnapshotEntry> _missed = [];
    private readonly Queue<SnapshotEntry> _newlyMissed = new();
    private readonly List<string> _moved = [];
    private bool _hasMovedDirectory;
    private bool _hasJustMovedDirectory;

    /// <summary>The paths of known items that the snapshot has elsewhere.</summary>
    public IReadOnlyList<string> Moved => _moved;

    /// <summary>Whether another name may be looked at.</summary>
    public bool HasRoom => _names.Count < MostNames && budget.HasAny;

    /// <summary>Whether <see cref="Missed"/> has any.</summary>
    public bool IsMissing => _missed.Count > 0;

    /// <summary>Known items whose place shows another item or nothing, and that were not found so far.</summary>
    public IReadOnlyCollection<SnapshotEntry> Missed => _missed;

    /// <summary>Takes each missing item once, to look for changes that may show it.</summary>
    public bool TryTakeNewlyMissed([NotNullWhen(true)] out SnapshotEntry? missed)
    {
        while (_newlyMissed.TryDequeue(out missed))
        {
            if (_missed.Contains(missed))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The known item at a path that was looked at; null when there is none.</summary>
    public SnapshotEntry? At(string path) => _at.GetValueOrDefault(path);

    public FileStatus StatusAt(string path) => _seen.GetValueOrDefault(path);

    /// <summary>The path where an item was found; null when it was not.</summary>
    public string? PlaceFound(SnapshotEntry entry) => _places.GetValueOrDefault(entry);

    /// <summary>Looks at every name that a change involves.</summary>
    public void Add(PendingChange change)
    {
        AddNames(change);
        See();
    }

    private void AddNames(PendingChange change)
    {
        if (change.From is { } from)
        {
            _from.TryAdd(change.Path, from);
            Add(from, change.LastNumber);
        }

        Add(change.Path, change.LastNumber);
        change.AlsoLook?.ForEach(name => Add(name, change.LastNumber));
        change.FoundAt?.ForEach(AddName);
    }

    private void Add(string path, long number)
    {
        AddName(path);
        if (movedBefore.Follow(snapshot.Root, path, number) is var now && now != path)
        {
            AddName(now);
        }
    }

    private void AddName(string name)
    {
        if (HasRoom && _names.Add(name))
        {
            _newNames.Add(name);
            Enqueue(name);
        }
    }

    private void Enqueue(string path)
    {
        if (!snapshot.Root.Recursive && path.Contains('/', StringComparison.Ordinal))
        {
            return;
        }

        // Directories before their contents.
        for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
        {
            EnqueueOne(path.AsSpan(0, end), isOnTheWay: true);
        }

        EnqueueOne(path, isOnTheWay: false);
    }

    private void EnqueueOne(ReadOnlySpan<char> path, bool isOnTheWay)
    {
        if (path.Length > 0 && _seen.GetAlternateLookup<ReadOnlySpan<char>>().TryAdd(path, default))
        {
            _toSee.Enqueue((path.ToString(), isOnTheWay));
        }
    }

    private void See()
    {
        do
        {
            while (_toSee.TryDequeue(out var next))
            {
                budget.Spend(1);
                See(next.Path, next.IsOnTheWay);
            }

            // A hint about a path in a directory that was moved since: look in the directory's new place.
            var names = _hasJustMovedDirectory ? [.. _names] : _hasMovedDirectory ? _newNames.ToArray() : [];
            _hasJustMovedDirectory = false;
            _newNames.Clear();
            foreach (var name in names)
            {
                if (PlaceOfName(name) is { } place)
                {
                    Enqueue(place);
                }
            }
        }
        while (_toSee.Count > 0);
    }

    private void See(string path, bool isOnTheWay)
    {
        // Directories on the way to a name stay open for the look at the name.
        var status = isOnTheWay ? looks.GetDirectory(snapshot.Root.PhysicalPath, path) : looks.GetStatus(snapshot.Root.PhysicalPath, path);
        if (!snapshot.Root.Rules.IsEmpty && status.IsFound && snapshot.Root.Rules.IsIgnored(path, status.ItemType.IsDirectory()))
        {
            status = new FileStatus { Outcome = FileStatusOutcome.Missing };
        }

        _seen[path] = status;
        var above = PathText.DirectoryOf(path);
        var directory = above.IsEmpty ? snapshot.Top : _at.GetValueOrDefault(above.ToString());
        var known = directory?.FindChild(PathText.NameOf(path));
        var entry = status.IsFound ? IdentifyItem(path, status, known) : null;
        if (known is not null && known != entry && ItemIdentity.IsMissed(known, status) && !_places.ContainsKey(known))
        {
            if (_missed.Add(known))
            {
                _newlyMissed.Enqueue(known);
            }
        }

        if (known != entry && debouncer.Peek(snapshot.Root, path) is { } pending)
        {
            // Its names may show where this item came from, or where the missing one went.
            AddNames(pending);
        }

        NoteDirectory(path, status, entry, isMoved: entry is not null && entry != known);
        if (entry is null)
        {
            return;
        }

        _missed.Remove(entry);
        _at[path] = entry;
        _places[entry] = path;
        if (entry != known)
        {
            var left = PlaceOf(entry.Parent!) is { } old ? PathText.Join(old, entry.Name) : null;
            _moved.Add(path);
            _hasJustMovedDirectory |= entry.Type == ItemType.Directory;
            _hasMovedDirectory |= entry.Type == ItemType.Directory;
            if (left is not null)
            {
                Enqueue(left);
            }
        }
    }

    private SnapshotEntry? IdentifyItem(string path, in FileStatus status, SnapshotEntry? known)
    {
        if (known is not null && known.Identity.IsSame(status.Identity) && known.Type == status.ItemType)
        {
            return known;
        }

        if (_from.TryGetValue(path, out var from)
            && snapshot.Find(from) is { } named
            && named.Identity.IsSame(status.Identity)
            && named.Type == status.ItemType
            && !_places.ContainsKey(named))
        {
            return named;
        }

        foreach (var candidate in snapshot.FindAllByIdentity(status.Identity))
        {
            if (!_places.ContainsKey(candidate) && ItemIdentity.IsFile(candidate, status) && ItemIdentity.IsSurelySame(candidate, status) && HasLeft(candidate, path, status))
            {
                return candidate;
            }
        }

        return null;
    }

    // Two hard links are two files here, and a bind-mounted directory has two places: an item that still is at its known place was not moved.
    private bool HasLeft(SnapshotEntry entry, string path, in FileStatus status)
    {
        if (PlaceOf(entry.Parent!) is not { } above)
        {
            return true;
        }

        var place = PathText.Join(above, entry.Name);
        budget.Spend(1);
        return place == path || !looks.GetStatus(snapshot.Root.PhysicalPath, place).Identity.IsSame(status.Identity);
    }

    private string? PlaceOf(SnapshotEntry entry)
    {
        if (entry.Parent is not { } parent)
        {
            return "";
        }

        return _places.TryGetValue(entry, out var place) ? place
            : _missed.Contains(entry) || PlaceOf(parent) is not { } above ? null
            : PathText.Join(above, entry.Name);
    }

    /// <summary>The current path of a name below a directory that was moved; null when none was.</summary>
    private string? PlaceOfName(string name)
    {
        string? place = null;
        var entry = snapshot.Top;
        for (var end = name.IndexOf('/', StringComparison.Ordinal); end >= 0; end = name.IndexOf('/', end + 1))
        {
            if (entry.FindChild(name.AsSpan(0, end)[(name.AsSpan(0, end).LastIndexOf('/') + 1)..]) is not { } below)
            {
                break;
            }

            entry = below;
            if (_places.TryGetValue(entry, out var found))
            {
                place = found + name[end..];
            }
        }

        return place;
    }
}
