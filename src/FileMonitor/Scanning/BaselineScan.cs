using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Scanning;

/// <summary>
/// Fills a snapshot with the items that are there at start, metadata only. Runs after the source is armed and before the pump takes its first
/// hint: changes meanwhile come as hints and are compared with this.
/// </summary>
internal static class BaselineScan
{
    /// <param name="snapshot">An empty snapshot; owned by this call until it returns.</param>
    /// <param name="files">Reads the disk.</param>
    /// <param name="unreadable">Called for each directory that could not be read completely.</param>
    /// <param name="found">Called for each item, for a store; null without one.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public static void Fill(
        Snapshot snapshot,
        IFileView files,
        Action<string, FileStatusOutcome> unreadable,
        Action<TreeDelta>? found,
        CancellationToken cancellationToken)
    {
        var root = snapshot.Root;
        var open = new Stack<(SnapshotEntry Entry, string Path)>();
        open.Push((snapshot.Top, ""));
        while (open.TryPop(out var directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var mayIgnore = root.Rules.MayIgnoreIn(directory.Path);
            var outcome = files.List(root.PhysicalPath, directory.Path, (name, status) =>
            {
                var path = PathText.Join(directory.Path, name);
                if (mayIgnore && root.Rules.IsIgnored(path, status.ItemType.IsDirectory()))
                {
                    return;
                }

                status = ExtendedReading.Complete(files, root, path, status);
                var target = status.ItemType == ItemType.SymbolicLink ? files.GetLinkTarget(root.PhysicalPath, path, out _) : null;
                var entry = snapshot.Add(directory.Entry, name, status);
                entry.IsAnnounced = true;
                entry.IsBaselineDue = root.Settings.ReportBaseline;
                entry.SetTarget(target);
                found?.Invoke(TreeDelta.Add(path, status) with
                {
                    IsAnnounced = true,
                    IsBaselineDue = root.Settings.ReportBaseline,
                    HasTarget = target is not null,
                    Target = target,
                });

                if (status.ItemType == ItemType.Directory && root.Enters(path))
                {
                    open.Push((entry, path));
                }
            });

            // For a directory that is gone again, a hint is on its way.
            if (outcome is FileStatusOutcome.Inaccessible or FileStatusOutcome.Failed)
            {
                unreadable(directory.Path, outcome);
            }
        }

        // Build the index here; built on first use, it would hold up the pump.
        snapshot.IndexIdentities();
    }
}
