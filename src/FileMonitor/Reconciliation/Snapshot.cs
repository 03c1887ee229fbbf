namespace FileMonitor.Reconciliation;

/// <summary>
/// What the consumer can know of one root: baseline plus every event emitted so far. Each event is exactly one change made here, so that
/// snapshot and stream never disagree (guarantee G1). Owner: the pipeline's one reader (before it starts, the baseline scan).
/// </summary>
internal sealed class Snapshot
{
    // Names are compared as the file systems of that system commonly do; a case-only rename is then a rename of one entry.
    private static readonly StringComparer Comparer =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    public Snapshot(MonitoredRoot root)
    {
        Root = root;
        Top = new SnapshotEntry("", new FileStatus { Outcome = FileStatusOutcome.Found, ItemType = ItemType.Directory }) { IsAnnounced = true };
    }

    public MonitoredRoot Root { get; }

    public SnapshotEntry Top { get; }

    /// <summary>Items known, the root itself not counted.</summary>
    public int Count { get; private set; }

    public SnapshotEntry? Find(ReadOnlySpan<char> relativePath)
    {
        var entry = Top;
        while (!relativePath.IsEmpty)
        {
            if (entry.Children is not { } children)
            {
                return null;
            }

            var slash = relativePath.IndexOf('/');
            var name = slash < 0 ? relativePath : relativePath[..slash];
            if (!children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var child))
            {
                return null;
            }

            entry = child;
            relativePath = slash < 0 ? default : relativePath[(slash + 1)..];
        }

        return entry;
    }

    /// <summary>The entry itself or the closest directory above it that is known.</summary>
    public SnapshotEntry FindClosestDirectory(ReadOnlySpan<char> relativePath)
    {
        while (true)
        {
            if (Find(relativePath) is { Type: ItemType.Directory } directory)
            {
                return directory;
            }

            relativePath = PathText.DirectoryOf(relativePath);
        }
    }

    public SnapshotEntry Add(SnapshotEntry parent, string name, in FileStatus status)
    {
        var entry = new SnapshotEntry(name, status);
        entry.Attach(parent, name, Comparer);
        Count++;
        return entry;
    }

    /// <summary>Takes one entry out for good. The caller has taken out its children before.</summary>
    public void Remove(SnapshotEntry entry)
    {
        entry.Detach(forGood: true);
        Count--;
    }

    /// <summary>Gives an entry another place, everything below it included. The place is free.</summary>
    public static void Move(SnapshotEntry entry, SnapshotEntry newParent, string newName)
    {
        entry.Detach(forGood: false);
        entry.Attach(newParent, newName, Comparer);
    }

    public static string PathOf(SnapshotEntry entry)
    {
        if (entry.Parent is null)
        {
            return "";
        }

        var length = -1;
        for (var step = entry; step.Parent is not null; step = step.Parent)
        {
            length += step.Name.Length + 1;
        }

        return string.Create(length, entry, static (path, from) =>
        {
            var end = path.Length;
            for (var step = from; step.Parent is not null; step = step.Parent)
            {
                end -= step.Name.Length;
                step.Name.CopyTo(path[end..]);
                if (end > 0)
                {
                    path[--end] = '/';
                }
            }
        });
    }

    /// <summary>Every entry but the root's, a directory before what is in it. The tree must not change meanwhile.</summary>
    public IEnumerable<SnapshotEntry> All()
    {
        var open = new Stack<SnapshotEntry>([Top]);
        while (open.TryPop(out var directory))
        {
            foreach (var child in ChildrenOf(directory))
            {
                yield return child;
                open.Push(child);
            }
        }
    }

    /// <summary>The entry and everything below it, children before their directory. The tree may lose the entries already returned.</summary>
    public static IEnumerable<SnapshotEntry> ChildrenFirst(SnapshotEntry entry)
    {
        var open = new Stack<(SnapshotEntry Directory, SnapshotEntry[] Children, int Next)>();
        open.Push((entry, ChildrenOf(entry), 0));
        while (open.TryPop(out var top))
        {
            if (top.Next == top.Children.Length)
            {
                yield return top.Directory;
                continue;
            }

            open.Push(top with { Next = top.Next + 1 });
            var child = top.Children[top.Next];
            open.Push((child, ChildrenOf(child), 0));
        }
    }

    private static SnapshotEntry[] ChildrenOf(SnapshotEntry entry) => entry.Children is { Count: > 0 } children ? [.. children.Values] : [];
}
