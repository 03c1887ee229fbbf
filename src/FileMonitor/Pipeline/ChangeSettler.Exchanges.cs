using System.Globalization;
using FileMonitor.Reconciliation;

namespace FileMonitor.Pipeline;

// Names that pass from one item to another: swaps, rotations, and directories moved into new ones of their own names. Each is told as renames,
// if need be by a name in between, so that nobody is said to be gone, made or written who only has another name.
internal sealed partial class ChangeSettler
{
    // A chain of names that is longer is told as replacements.
    private const int LongestCycle = 4096;

    // In a directory that took the place of something known, so many items are looked at for it before it counts as gone.
    private const int MostLookedInside = 1024;

    private long _exchanges;

    /// <summary>
    /// Where the file of an entry is that is gone from its place: by a change that waits for this one, or because names were passed on in a
    /// circle, so that following them back from who has the place now leads to it; or in what has the place now. Null when it is nowhere that is known of.
    /// </summary>
    /// <param name="snapshot">The snapshot of the root.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="path">Its path.</param>
    /// <param name="startAt">Who has its place now; null when it is a file that was not known.</param>
    private string? FindElsewhere(Snapshot snapshot, SnapshotEntry entry, string path, SnapshotEntry? startAt)
    {
        if (!entry.Identity.IsKnown)
        {
            return null;
        }

        foreach (var waiting in _waiting.Where(waiting => waiting.Root == snapshot.Root))
        {
            if (waiting.Path != path && Shows(waiting.Path))
            {
                return waiting.Path;
            }

            if (waiting.AlsoLook?.Find(name => name != path && Shows(name)) is { } passed)
            {
                return passed;
            }
        }

        var seen = new HashSet<SnapshotEntry> { entry };
        for (var at = startAt; at is not null && seen.Add(at) && seen.Count < LongestCycle;)
        {
            var place = Snapshot.PathOf(at);
            var there = _looks.GetStatus(snapshot.Root.PhysicalPath, place);
            if (there.IsFound && IsFile(entry, there))
            {
                return place;
            }

            at = there.IsFound ? snapshot.FindByIdentity(there.Identity) : null;
        }

        return FindInside(snapshot, entry, path);

        bool Shows(string name) => _looks.GetStatus(snapshot.Root.PhysicalPath, name) is { IsFound: true } there && IsFile(entry, there);
    }

    /// <summary>Looks for the file of an entry in the directory that has its place now: a directory can be moved into a new one of its own name.</summary>
    private string? FindInside(Snapshot snapshot, SnapshotEntry entry, string path)
    {
        string? place = null;
        var seen = 0;
        var open = new Queue<string>([path]);
        while (place is null && seen < MostLookedInside && open.TryDequeue(out var directory))
        {
            // Nothing is listed where no directory is.
            files.List(snapshot.Root.PhysicalPath, directory, (name, status) =>
            {
                seen++;
                if (status.IsFound && IsFile(entry, status))
                {
                    place = PathText.Join(directory, name);
                }
                else if (status.ItemType == ItemType.Directory && status.IsFound)
                {
                    open.Enqueue(PathText.Join(directory, name));
                }
            });
        }

        return place;
    }

    /// <summary>
    /// The file of an entry has another name, but cannot be told there yet, because somebody else is known by it. It gives its place free, as
    /// whoever exchanges names does it: by the name in between that a hint told of, or else by one that says what it is.
    /// </summary>
    private void StepAside(Snapshot snapshot, SnapshotEntry entry, PendingChange change, string place)
    {
        MoveToFreeName(snapshot, entry, entry.Parent!, change, place);
        AddOwnHint(snapshot.Root, Snapshot.PathOf(entry), FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
        AddOwnHint(snapshot.Root, place, FileChangeKind.Look, change.Origin, change.Awaited > 0, change.Healing > 0);
    }

    private void MoveToFreeName(Snapshot snapshot, SnapshotEntry entry, SnapshotEntry above, PendingChange change, string? place = null)
    {
        var oldPath = Snapshot.PathOf(entry);
        var (parent, name, isReal) = FreeName(snapshot, above, place ?? change.Path);
        var path = PathText.Join(Snapshot.PathOf(parent), name);
        Move(
            snapshot,
            entry,
            parent,
            oldPath,
            path,
            OccurrenceOf(change, time.GetUtcNow()) with { Hints = 0 },
            hardLinks: 0,
            previous: default,
            change,
            isReal ? null : "Names were exchanged. This one stands for the moment in between and was not on the disk.");
    }

    /// <summary>A name that nothing is known by: one that hints say was used on the way, or a made-up one.</summary>
    private (SnapshotEntry Parent, string Name, bool IsReal) FreeName(Snapshot snapshot, SnapshotEntry above, string place)
    {
        var pending = _waiting.FirstOrDefault(one => one.Root == snapshot.Root && one.Path == place) ?? debouncer.Peek(snapshot.Root, place);
        if (RealFreeName(snapshot, above, pending) is { } real)
        {
            return (real.Parent, real.Name, true);
        }

        string name;
        do
        {
            name = string.Create(CultureInfo.InvariantCulture, $".filemonitor-exchange-{++_exchanges}");
        }
        while (above.FindChild(name) is not null);
        return (above, name, false);
    }

    /// <summary>The change that waits for others and says that what was known by a path has another one.</summary>
    private PendingChange? FindLater(Snapshot snapshot, string path) =>
        _waiting.Find(later => later.Root == snapshot.Root && later.From == path && later.Path != path);

    /// <summary>
    /// A change waits that says that something here, or below, went elsewhere: what is left is gone, and is told after that one. Only once, or two
    /// could wait for each other.
    /// </summary>
    private bool TryYield(Snapshot snapshot, PendingChange change)
    {
        if (change.HasSteppedAside)
        {
            return false;
        }

        _settleLater = _waiting.Find(later => later != change && later.Root == snapshot.Root && later.From is { } from && PathText.IsAtOrBelow(from, change.Path));
        change.HasSteppedAside = _settleLater is not null;
        return change.HasSteppedAside;
    }

    private static (SnapshotEntry Parent, string Name)? RealFreeName(Snapshot snapshot, SnapshotEntry above, PendingChange? change)
    {
        foreach (var used in change?.AlsoLook ?? [])
        {
            if (snapshot.Find(used) is null
                && snapshot.Find(PathText.DirectoryOf(used)) is { Type: ItemType.Directory } parent
                && (parent == above || !IsInside(parent, above))
                && !snapshot.Root.Rules.IsIgnored(used, ItemType.File)
                && (snapshot.Root.Recursive || parent.Parent is null))
            {
                return (parent, PathText.NameOf(used).ToString());
            }
        }

        return null;
    }
}
