using FileMonitor.Delivery;
using FileMonitor.Extending;
using FileMonitor.Patterns;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Running;

/// <summary>
/// Makes what an earlier run knew of a root into what this one may compare the disk with: where the patterns are others now, what they leave out is forgotten
/// and what they reveal is known without an event. Before the pump runs.
/// </summary>
internal static class StoredTree
{
    /// <summary>Forgets what nobody was told of: a file that was still being read. It will be found, and told.</summary>
    public static void ForgetUntold(Snapshot snapshot)
    {
        foreach (var entry in snapshot.All().Where(static entry => !entry.IsAnnounced).ToList())
        {
            Forget(snapshot, entry);
        }
    }

    /// <summary>Fits a tree to the patterns of this run. Does nothing where they are as they were.</summary>
    /// <param name="snapshot">The tree as it was stored.</param>
    /// <param name="before">How the root was covered.</param>
    /// <param name="files">How to look.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static void Fit(Snapshot snapshot, StoredCoverage before, IFileView files, CancellationToken cancellationToken)
    {
        var root = snapshot.Root;
        var rules = IgnoreRules.Parse(before.Include, before.Ignore, ignoreCase: snapshot.IgnoresCase);
        foreach (var entry in snapshot.All().ToList())
        {
            if (!entry.IsDetached && !IsCovered(root.Rules, root.Recursive, Snapshot.PathOf(entry), entry.Type))
            {
                Forget(snapshot, entry);
            }
        }

        var open = new Stack<string>([""]);
        while (open.TryPop(out var directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            files.List(root.PhysicalPath, directory, (name, status) => Reveal(snapshot, (rules, before.Recursive), files, PathText.Join(directory, name), status, open));
        }
    }

    private static void Reveal(Snapshot snapshot, (IgnoreRules Rules, bool Recursive) before, IFileView files, string path, in FileStatus status, Stack<string> open)
    {
        var root = snapshot.Root;
        if (!status.IsFound || !IsCovered(root.Rules, root.Recursive, path, status.ItemType))
        {
            return;
        }

        if (status.ItemType == ItemType.Directory && root.Recursive)
        {
            open.Push(path);
        }

        if (snapshot.Find(path) is null && !IsCovered(before.Rules, before.Recursive, path, status.ItemType) && snapshot.Find(PathText.DirectoryOf(path)) is { Type: ItemType.Directory } parent)
        {
            var target = status.ItemType == ItemType.SymbolicLink && files.GetLinkTarget(root.PhysicalPath, path, out _) is { } text ? Sha256Digest.OfText(text) : null;
            snapshot.Apply(TreeDelta.Add(path, status) with { IsAnnounced = true, Target = target, HasTarget = target is not null }, parent);
        }
    }

    private static bool IsCovered(IgnoreRules rules, bool recursive, string path, ItemType type)
    {
        if (!recursive && path.Contains('/', StringComparison.Ordinal))
        {
            return false;
        }

        // A directory above that is left out leaves out what is in it.
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
