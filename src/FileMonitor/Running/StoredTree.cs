using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Scanning;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Running;

/// <summary>
/// Adapts the stored baseline of a root to this run, so that it can be compared with the disk: removes items that the current patterns ignore, and adds items that
/// they newly cover, without events. Called before the pump runs.
/// </summary>
internal static class StoredTree
{
    /// <summary>Removes items without an event: files that were still being hashed. The comparison finds and reports them.</summary>
    public static void ForgetUntold(Snapshot snapshot)
    {
        foreach (var entry in snapshot.All().Where(static entry => !entry.IsAnnounced).ToList())
        {
            Forget(snapshot, entry);
        }
    }

    /// <summary>Adapts a tree to the patterns of this run. Changes nothing when they are the same.</summary>
    /// <param name="snapshot">The stored tree.</param>
    /// <param name="before">How the earlier run covered the root.</param>
    /// <param name="files">The disk.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>How many items are newly covered.</returns>
    public static int Fit(Snapshot snapshot, StoredCoverage before, IFileView files, CancellationToken cancellationToken)
    {
        var root = snapshot.Root;
        var rules = IgnoreRules.Parse(before.Include, before.Ignore, ignoreCase: snapshot.IgnoresCase).WithDepth(before.MaxDepth);
        foreach (var entry in snapshot.All().ToList())
        {
            if (!entry.IsDetached && !IsCovered(root.Rules, Snapshot.PathOf(entry), entry.Type))
            {
                Forget(snapshot, entry);
            }
        }

        var revealed = 0;
        var open = new Stack<string>([""]);
        while (open.TryPop(out var directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            files.List(root.PhysicalPath, directory, (name, status) => revealed += Reveals(snapshot, rules, files, PathText.Join(directory, name), status, open) ? 1 : 0);
        }

        return revealed;
    }

    private static bool Reveals(Snapshot snapshot, IgnoreRules before, IFileView files, string path, in FileStatus status, Stack<string> open)
    {
        var root = snapshot.Root;
        if (!status.IsFound || !IsCovered(root.Rules, path, status.ItemType))
        {
            return false;
        }

        if (status.ItemType == ItemType.Directory && root.Enters(path))
        {
            open.Push(path);
        }

        if (snapshot.Find(path) is not null || IsCovered(before, path, status.ItemType) || snapshot.Find(PathText.DirectoryOf(path)) is not { Type: ItemType.Directory } parent)
        {
            return false;
        }

        var target = status.ItemType == ItemType.SymbolicLink ? files.GetLinkTarget(root.PhysicalPath, path, out _) : null;
        snapshot.Apply(TreeDelta.Add(path, ExtendedReading.Complete(files, root, path, status)) with { IsAnnounced = true, Target = target, HasTarget = target is not null }, parent);
        return true;
    }

    private static bool IsCovered(IgnoreRules rules, string path, ItemType type)
    {
        // An ignored directory above the item ignores the item.
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            if (rules.IsIgnoredDirectory(path.AsSpan(0, slash)))
            {
                return false;
            }
        }

        return !rules.IsIgnored(path, type == ItemType.Directory);
    }

    private static void Forget(Snapshot snapshot, SnapshotEntry top)
    {
        foreach (var entry in Snapshot.ChildrenFirst(top))
        {
            snapshot.Apply(TreeDelta.Remove(Snapshot.PathOf(entry)), entry);
        }
    }
}
