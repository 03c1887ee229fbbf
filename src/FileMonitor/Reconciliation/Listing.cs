namespace FileMonitor.Reconciliation;

/// <summary>What a directory held when it was read, to be compared with the snapshot by the pipeline's one reader.</summary>
internal sealed class Listing(Snapshot snapshot, SnapshotEntry directory, string path, DirectoryLook look)
{
    public Snapshot Snapshot { get; } = snapshot;

    public SnapshotEntry Directory { get; } = directory;

    /// <summary>Relative path at the time of reading.</summary>
    public string Path { get; } = path;

    public DirectoryLook Look { get; } = look;

    public FileStatusOutcome Outcome { get; set; }

    public List<(string Name, FileStatus Status)> Items { get; } = [];

    public AuditEventOrigin Origin => Look.HasFlag(DirectoryLook.Reconcile) ? AuditEventOrigin.Reconciled : AuditEventOrigin.Discovered;

    /// <summary>
    /// Every item that the snapshot does not know in this state, then every known one that was not found. Only reasons to look: the
    /// listing is a moment old, what is reported is decided by looking at the item itself.
    /// </summary>
    /// <remarks>The snapshot may gain and lose entries while this is enumerated.</remarks>
    public IEnumerable<(string Path, FileStatus Status)> Discrepancies(bool isComplete)
    {
        foreach (var (name, status) in Items)
        {
            var itemPath = PathText.Join(Path, name);
            var known = Directory.FindChild(name);
            if (Snapshot.Root.Rules.IsIgnored(itemPath, status.ItemType))
            {
                if (known is not null)
                {
                    // A rename of a directory above brought it where a pattern leaves it out.
                    yield return (itemPath, status);
                }

                continue;
            }

            if (known is null || known.Type != status.ItemType || !IsAsKnown(known, status))
            {
                yield return (itemPath, status);
            }
        }

        if (!isComplete)
        {
            yield break;
        }

        foreach (var name in NotFound())
        {
            yield return (PathText.Join(Path, name), default);
        }
    }

    /// <summary>The names of the known items that were not found. A list, since the entries may have others, or none, once the first is looked at.</summary>
    private List<string> NotFound()
    {
        var notFound = new List<string>();
        if (Directory.ChildCount == 0)
        {
            return notFound;
        }

        var found = new HashSet<string>(Items.Count, Snapshot.NameComparer);
        foreach (var (name, _) in Items)
        {
            found.Add(name);
        }

        foreach (var child in Directory.ChildrenNow())
        {
            var name = child.Name;
            if (!found.Contains(name))
            {
                notFound.Add(name);
            }
        }

        return notFound;
    }

    // A directory's size and time change with its entries; another directory under its name has other entries.
    private static bool IsAsKnown(SnapshotEntry known, in FileStatus status) =>
        known.Type == ItemType.Directory ? known.Identity.MayEqual(status.Identity) : known.IsSameState(status);

    /// <summary>The known subdirectories that were found again, to go on with when the whole tree is to be compared.</summary>
    public IEnumerable<SnapshotEntry> KnownSubdirectories() =>
        Items
            .Where(item => item.Status.ItemType == ItemType.Directory)
            .Select(item => Directory.FindChild(item.Name))
            .OfType<SnapshotEntry>()
            .Where(child => child.Type == ItemType.Directory);
}
