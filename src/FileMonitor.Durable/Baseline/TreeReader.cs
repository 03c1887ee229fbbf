using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Durable.Baseline;

/// <summary>Reads the tree of a root, each directory before its contents. Holds only the path from the root to the current directory in memory.</summary>
internal static class TreeReader
{
    /// <summary>Reads the stored tree as changes of an empty snapshot.</summary>
    /// <exception cref="BaselineException">Thrown during the enumeration: the database is damaged or cannot be read.</exception>
    public static IEnumerable<TreeDelta> Read(ItemTable items, RootState root)
    {
        var top = items.Find(root.Place, "") ?? throw Damaged(root);
        yield return top.Item.ToDelta("") with { Kind = TreeDeltaKind.Root, IsLost = root.IsLost };

        // Count the items: SQLite does not detect lost rows, and directories that contain each other would never end.
        var left = root.Items;
        var open = new Stack<OpenDirectory>();
        if (top.Item.Directory != 0)
        {
            open.Push(new OpenDirectory(top.Item.Directory, ""));
        }

        while (open.TryPeek(out var directory))
        {
            if (!directory.IsListed)
            {
                directory.IsListed = true;
                foreach (var row in items.List(directory.Number))
                {
                    if (left-- == 0)
                    {
                        throw Damaged(root);
                    }

                    directory.HasDirectories |= row.Item.Directory != 0;
                    yield return row.Item.ToDelta(PathText.Join(directory.Path, row.Name));
                }
            }

            if (directory.HasDirectories && items.NextDirectory(directory.Number, directory.After) is { } next)
            {
                directory.After = next.Key;
                open.Push(new OpenDirectory(next.Number, PathText.Join(directory.Path, next.Name)));
            }
            else
            {
                open.Pop();
            }
        }

        if (left != 0)
        {
            throw Damaged(root);
        }
    }

    private static BaselineException Damaged(RootState root) =>
        new(BaselineFault.Damaged, $"The baseline is damaged: it does not hold the {root.Items} items of '{root.Path}' that were stored.");

    private sealed class OpenDirectory(long number, string path)
    {
        public long Number => number;

        public string Path => path;

        public bool IsListed { get; set; }

        public bool HasDirectories { get; set; }

        /// <summary>The last subdirectory that was opened.</summary>
        public byte[] After { get; set; } = [];
    }
}
