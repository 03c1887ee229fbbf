using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Scanning;

/// <summary>The content of a directory, to be compared with the snapshot by the pump.</summary>
internal sealed class Listing(Snapshot snapshot, SnapshotEntry directory, string path, DirectoryLook look, long ticket)
{
    public Snapshot Snapshot { get; } = snapshot;

    public SnapshotEntry Directory { get; } = directory;

    /// <summary>The relative path at the time of reading.</summary>
    public string Path { get; } = path;

    public DirectoryLook Look { get; } = look;

    /// <summary>The number of the request.</summary>
    public long Ticket { get; } = ticket;

    public FileStatusOutcome Outcome { get; set; }

    public List<(string Name, FileStatus Status)> Items { get; } = [];

    /// <summary>The files that nobody has open for writing, as far as that was asked.</summary>
    public HashSet<string>? Finished { get; set; }

    /// <summary>Whether it is of a new directory alone: no source names what was in it before it was watched.</summary>
    public bool IsOfNewDirectory => Look == DirectoryLook.Discover;

    /// <summary>Why an item of the directory could not be examined, as in a directory that may be listed and not searched; null when all could.</summary>
    public FileStatusOutcome? Obstacle
    {
        get
        {
            foreach (var (_, status) in Items)
            {
                if (!status.IsFound)
                {
                    return status.Outcome;
                }
            }

            return null;
        }
    }

    /// <summary>Whether everything below the directory is compared, so that an item missing here may be found elsewhere.</summary>
    public bool IsOfWholeTree => Look.HasFlag(DirectoryLook.Tree) && (Look & (DirectoryLook.Reconcile | DirectoryLook.Compare | DirectoryLook.Periodic)) != 0;

    /// <summary>Live for a source that only compares; but what it finds before the comparison with an earlier run was made before the start, as far as anybody knows.</summary>
    public AuditEventOrigin Origin =>
        Look.HasFlag(DirectoryLook.Offline) || Snapshot.IsBehindIn(Directory) ? AuditEventOrigin.Offline
        : Look.HasFlag(DirectoryLook.Reconcile) ? AuditEventOrigin.Reconciled
        : Look.HasFlag(DirectoryLook.Discover) ? AuditEventOrigin.Discovered
        : Look.HasFlag(DirectoryLook.Periodic) ? AuditEventOrigin.Reconciled
        : AuditEventOrigin.Live;

    /// <summary>
    /// Every item that the snapshot does not have in this state, then every known item that was not found. These are only reasons to look: the
    /// listing is a moment old, and the pump looks at the item itself.
    /// </summary>
    /// <remarks>The snapshot may gain and lose entries while this is enumerated.</remarks>
    public IEnumerable<(string Path, FileStatus Status)> Discrepancies(bool isComplete)
    {
        var rules = Snapshot.Root.Rules;
        var mayIgnore = rules.MayIgnoreIn(Path);

        // Collected now, because entries come and go once the first item is settled.
        var notFound = isComplete ? NotFound() : [];
        foreach (var (name, status) in Items)
        {
            if (!status.IsFound)
            {
                continue;
            }

            var known = Directory.FindChild(name);
            if (mayIgnore && rules.IsIgnored(PathText.Join(Path, name), status.ItemType.IsDirectory()))
            {
                if (known is not null)
                {
                    // A rename of a directory above brought the item to an ignored path.
                    yield return (PathText.Join(Path, name), status);
                }
            }
            else if (known is null || known.Type != status.ItemType || !IsAsKnown(known, status) || (Snapshot.IgnoresCase && known.Name != name) || MustRead(known))
            {
                yield return (PathText.Join(Path, name), status);
            }
        }

        foreach (var name in notFound)
        {
            yield return (PathText.Join(Path, name), default);
        }
    }

    /// <summary>Whether a file is read although it looks as known: all content is compared, or an earlier run ended before it had the checksum.</summary>
    public bool MustRead(SnapshotEntry known) =>
        (Look.HasFlag(DirectoryLook.Content) && known.ChecksumStatus == ChecksumStatus.Computed) || (Look.HasFlag(DirectoryLook.Offline) && known.OwesChecksum);

    /// <summary>The names of the known items that were not found.</summary>
    private List<string> NotFound()
    {
        var notFound = new List<string>();
        if (Directory.ChildCount == 0 || Directory.ChildCount == Items.Count(item => Directory.FindChild(item.Name) is not null))
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

    // The size and time of a directory change with its entries, so only its identity counts: another directory has other entries.
    private bool IsAsKnown(SnapshotEntry known, in FileStatus status) =>
        (known.Type == ItemType.Directory ? known.Identity.MayEqual(status.Identity) : known.IsSameState(status))
        && known.HasSameAttributes(status)
        && (known.HasSameChangeTime(status) || (known.Type != ItemType.File && !Snapshot.Root.Settings.ReadsExtendedAttributes));

    /// <summary>The known subdirectories that were found again, to continue with when the whole tree is compared.</summary>
    public IEnumerable<SnapshotEntry> KnownSubdirectories() =>
        Items
            .Where(item => item.Status.ItemType == ItemType.Directory)
            .Select(item => Directory.FindChild(item.Name))
            .OfType<SnapshotEntry>()
            .Where(child => child.Type == ItemType.Directory);
}
