using System.Globalization;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Settling;

// The name in between, by which one of several items goes that exchanged their names, so that whoever applies events in order needs to know
// nothing about exchanges.
internal sealed partial class ChangeSettler
{
    private long _exchanges;

    /// <summary>An item gives its place free before it can be told where it is, as whoever exchanges names does it.</summary>
    /// <param name="snapshot">The snapshot of the root.</param>
    /// <param name="entry">The item.</param>
    /// <param name="leaving">Who leaves the place: the item, or the directory that it is in.</param>
    /// <param name="said">What is being settled about the place where the item is.</param>
    /// <param name="change">On whose behalf.</param>
    private void MoveToFreeName(Snapshot snapshot, SnapshotEntry entry, SnapshotEntry leaving, PendingChange? said, PendingChange change)
    {
        var oldPath = Snapshot.PathOf(entry);
        var real = RealFreeName(snapshot, leaving, said);
        var (parent, name) = real ?? (leaving.Parent!, MadeUpName(leaving.Parent!));
        Move(
            snapshot,
            entry,
            parent,
            oldPath,
            PathText.Join(Snapshot.PathOf(parent), name),
            OccurrenceOf(said ?? change, time.GetUtcNow()) with { Hints = 0 },
            hardLinks: 0,
            previous: default,
            said ?? change,
            real is not null ? null : "Names were exchanged. This one stands for the moment in between and was not on the disk.");
    }

    private string MadeUpName(SnapshotEntry directory)
    {
        string name;
        do
        {
            name = string.Create(CultureInfo.InvariantCulture, $".filemonitor-exchange-{++_exchanges}");
        }
        while (directory.FindChild(name) is not null);
        return name;
    }

    /// <summary>A name that hints say was used on the way, and that nothing is known by.</summary>
    private static (SnapshotEntry Parent, string Name)? RealFreeName(Snapshot snapshot, SnapshotEntry leaving, PendingChange? said)
    {
        foreach (var used in said?.AlsoLook ?? [])
        {
            if (snapshot.Find(used) is null
                && snapshot.Find(PathText.DirectoryOf(used)) is { Type: ItemType.Directory } parent
                && parent != leaving
                && !IsInside(parent, leaving)
                && !snapshot.Root.Rules.IsIgnored(used, isDirectory: false)
                && (snapshot.Root.Recursive || parent.Parent is null))
            {
                return (parent, PathText.NameOf(used).ToString());
            }
        }

        return null;
    }
}
