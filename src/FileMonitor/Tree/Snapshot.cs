using System.Diagnostics.CodeAnalysis;
using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Tree;

/// <summary>
/// The known state of one root: the baseline and all events emitted so far. Each event is exactly one change of the snapshot, so that the two never disagree
/// (guarantee G1). Owner: the pump; before it starts, the start of the run.
/// </summary>
internal sealed class Snapshot : IEntryOwner
{
    // Names are compared as file systems of this operating system usually do; a rename that changes only the case is then a rename of one entry.
    private static readonly bool SystemIgnoresCase = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();

    private const long BytesPerEntry = 136;

    private IdentityIndex? _identities;

    // The directories that were compared with what an earlier run knew; null when all are, or nothing is from an earlier run.
    private HashSet<SnapshotEntry>? _caughtUp;

    public Snapshot(MonitoredRoot root)
        : this(root, SystemIgnoresCase)
    {
    }

    internal Snapshot(MonitoredRoot root, bool ignoresCase)
    {
        Root = root;
        IgnoresCase = ignoresCase;
        Top = new SnapshotEntry(this) { IsAnnounced = true };
    }

    public MonitoredRoot Root { get; }

    public SnapshotEntry Top { get; }

    /// <summary>The root cannot be examined: the snapshot stays as it is, and a missing item is not taken for deleted.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Raised for every applied change, on the owner's thread. Null when nobody listens.</summary>
    public Action<TreeDelta>? Applied { get; set; }

    public bool IgnoresCase { get; }

    public StringComparer NameComparer => IgnoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>The number of known items without the root.</summary>
    public int Count { get; private set; }

    /// <summary>The approximate memory in bytes, within a tenth: measured values for entries and table slots, and the texts.</summary>
    public long Bytes => (Count * BytesPerEntry) + TextBytes;

    /// <inheritdoc />
    public long TextBytes { get; set; }

    public SnapshotEntry? Find(ReadOnlySpan<char> relativePath)
    {
        var entry = Top;
        while (!relativePath.IsEmpty)
        {
            var slash = relativePath.IndexOf('/');
            var name = slash < 0 ? relativePath : relativePath[..slash];
            if (entry.FindChild(name) is not { } child)
            {
                return null;
            }

            entry = child;
            relativePath = slash < 0 ? default : relativePath[(slash + 1)..];
        }

        return entry;
    }

    /// <summary>The disk is going to be compared with this, which is what an earlier run knew.</summary>
    public void BeginCatchingUp() => _caughtUp = [];

    /// <summary>All of it is compared, or will not be.</summary>
    public void EndCatchingUp() => _caughtUp = null;

    /// <summary>The items of a directory are compared.</summary>
    public void NoteCompared(SnapshotEntry directory) => _caughtUp?.Add(directory);

    /// <summary>Whether what is known at a path is what an earlier run knew, and is still to be compared with the disk.</summary>
    public bool IsBehindAt(ReadOnlySpan<char> path) => _caughtUp is not null && Find(PathText.DirectoryOf(path)) is { } directory && IsBehindIn(directory);

    /// <summary>The same of what is known of the items of a directory.</summary>
    public bool IsBehindIn(SnapshotEntry directory) => _caughtUp?.Contains(directory) == false;

    /// <summary>The entry of a path, or of the closest known directory above it.</summary>
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

    /// <summary>The entry with this identity; any of them when a file has several names. Null for an unknown identity; never the root.</summary>
    public SnapshotEntry? FindByIdentity(FileIdentity identity)
    {
        IndexIdentities();
        return _identities.Find(identity);
    }

    /// <summary>All entries with this identity: one for each name of the file.</summary>
    public IEnumerable<SnapshotEntry> FindAllByIdentity(FileIdentity identity)
    {
        IndexIdentities();
        return _identities.FindAll(identity);
    }

    /// <summary>
    /// Builds the index for <see cref="FindByIdentity"/> at once. Built entry by entry during the first scan, while the garbage collector handles the new
    /// entries, it takes longer than the rest of the scan.
    /// </summary>
    [MemberNotNull(nameof(_identities))]
    public void IndexIdentities()
    {
        if (_identities is not null)
        {
            return;
        }

        _identities = new IdentityIndex(Count);
        foreach (var entry in All())
        {
            _identities.Add(entry);
        }
    }

    /// <summary>
    /// Changes the snapshot. After the pump has started this is the only way, so that every change is a value that can be stored. The pump applies a change
    /// together with its event.
    /// </summary>
    /// <param name="delta">The change.</param>
    /// <param name="known">The entry that the change is about, or the directory of an added one, if the caller has it.</param>
    /// <returns>The entry that the change is about.</returns>
    public SnapshotEntry Apply(in TreeDelta delta, SnapshotEntry? known = null)
    {
        var entry = known ?? Find(delta.Kind == TreeDeltaKind.Add ? PathText.DirectoryOf(delta.Path) : delta.Path)
            ?? throw new InvalidOperationException("What is changed is not known: the changes before it were others.");
        switch (delta.Kind)
        {
            case TreeDeltaKind.Add:
                entry = Add(entry, PathText.NameOf(delta.Path).ToString(), delta.Status!.Value);
                Update(entry, delta with { Status = null });
                break;
            case TreeDeltaKind.Move:
                Move(entry, Find(PathText.DirectoryOf(delta.NewPath))!, PathText.NameOf(delta.NewPath).ToString());
                Update(entry, delta);
                break;
            case TreeDeltaKind.Remove:
                Remove(entry);
                break;
            case TreeDeltaKind.Root:
                IsLost = delta.IsLost ?? IsLost;
                Update(entry, delta);
                break;
            default:
                Update(entry, delta);
                break;
        }

        Applied?.Invoke(delta);
        return entry;
    }

    private static void Update(SnapshotEntry entry, in TreeDelta delta)
    {
        if (delta.Status is { } status)
        {
            entry.SetStatus(status);
        }

        if (delta.Checksum is { } checksum)
        {
            entry.SetChecksum(checksum, delta.Digest);
        }

        if (delta.HasTarget)
        {
            entry.SetTarget(delta.Target);
        }

        if (delta.ChangeTicks is { } ticks)
        {
            entry.NoteChangeTime(ticks);
        }

        entry.IsAnnounced = delta.IsAnnounced ?? entry.IsAnnounced;
        entry.IsBaselineDue = delta.IsBaselineDue ?? entry.IsBaselineDue;
        entry.IsInaccessible = delta.IsInaccessible ?? entry.IsInaccessible;
        entry.IsToldOpen = delta.IsToldOpen ?? entry.IsToldOpen;
    }

    public SnapshotEntry Add(SnapshotEntry parent, string name, in FileStatus status)
    {
        if (parent.FindChild(name) is { } known)
        {
            // A directory that changes while it is listed may show an entry twice.
            known.SetStatus(status);
            return known;
        }

        var entry = new SnapshotEntry(name, status);
        entry.Attach(parent, name, IgnoresCase);
        _identities?.Add(entry);
        TextBytes += entry.TextBytes;
        Count++;
        return entry;
    }

    /// <summary>Removes an entry. The caller has removed its children.</summary>
    public void Remove(SnapshotEntry entry)
    {
        _identities?.Remove(entry);
        TextBytes -= entry.TextBytes;
        entry.Detach(forGood: true);
        Count--;
    }

    /// <summary>Moves an entry with everything below it. The new path is free.</summary>
    public static void Move(SnapshotEntry entry, SnapshotEntry newParent, string newName)
    {
        var owner = (Snapshot)entry.Owner!;
        owner.TextBytes -= entry.TextBytes;
        entry.Detach(forGood: false);
        entry.Attach(newParent, newName, owner.IgnoresCase);
        owner.TextBytes += entry.TextBytes;
    }

    /// <inheritdoc />
    public void LeaveIndex(SnapshotEntry entry) => _identities?.Remove(entry);

    /// <inheritdoc />
    public void EnterIndex(SnapshotEntry entry) => _identities?.Add(entry);

    /// <summary>A snapshot of a root of which nothing is known.</summary>
    public static Snapshot LostOf(MonitoredRoot root) => new(root) { IsLost = true };

    /// <summary>The root is removed from the monitor: everything counts as gone, without events, and nothing is concluded any more.</summary>
    public void Discard()
    {
        Applied = null;
        IsLost = true;
        foreach (var entry in All())
        {
            entry.Discard();
        }

        Top.Discard();
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
            length += step.StoredName.Length + 1;
        }

        return string.Create(length, entry, static (path, from) =>
        {
            var end = path.Length;
            for (var step = from; step.Parent is not null; step = step.Parent)
            {
                var name = step.StoredName;
                end -= name.Length;
                name.CopyTo(path[end..]);
                if (end > 0)
                {
                    path[--end] = '/';
                }
            }
        });
    }

    /// <summary>All entries except the root's, each directory before its contents. The tree must not change during the enumeration.</summary>
    public IEnumerable<SnapshotEntry> All()
    {
        var open = new Stack<SnapshotEntry>([Top]);
        while (open.TryPop(out var directory))
        {
            foreach (var child in directory.ChildrenNow())
            {
                yield return child;
                if (child.ChildCount > 0)
                {
                    open.Push(child);
                }
            }
        }
    }

    /// <summary>The entry and everything below it, children before their directory. Entries already returned may be removed during the enumeration.</summary>
    public static IEnumerable<SnapshotEntry> ChildrenFirst(SnapshotEntry entry)
    {
        var open = new Stack<(SnapshotEntry Directory, SnapshotEntry[] Children, int Next)>();
        open.Push((entry, entry.ChildrenNow(), 0));
        while (open.TryPop(out var top))
        {
            if (top.Next == top.Children.Length)
            {
                yield return top.Directory;
                continue;
            }

            open.Push(top with { Next = top.Next + 1 });
            var child = top.Children[top.Next];
            open.Push((child, child.ChildrenNow(), 0));
        }
    }
}
