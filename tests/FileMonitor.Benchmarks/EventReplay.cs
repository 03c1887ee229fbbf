using System.Security.Cryptography;

namespace FileMonitor.Benchmarks;

/// <summary>What somebody knows who applies every event in order to an empty tree. Owned by the one who reads the events.</summary>
internal sealed class EventReplay
{
    private readonly Item _top = new() { Children = [] };

    public long Events { get; private set; }

    /// <summary>Created of something that is there already.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Events about something that is not there.</summary>
    public long Senseless { get; private set; }

    public int GapsOpened { get; private set; }

    public List<AuditEvent> ClosedGaps { get; } = [];

    public void Apply(AuditEvent one)
    {
        Events++;
        switch (one.Kind)
        {
            case AuditEventKind.Created:
                Create(one);
                break;
            case AuditEventKind.Modified:
                Senseless += Replace(one.RelativePath, new Item(one)) is null ? 1 : 0;
                break;
            case AuditEventKind.Deleted:
                Senseless += Remove(one.RelativePath) is null ? 1 : 0;
                break;
            case AuditEventKind.Renamed:
                Rename(one);
                break;
            case AuditEventKind.Gap:
                GapsOpened += one.Gap?.Phase == GapPhase.Opened ? 1 : 0;
                if (one.Gap?.Phase == GapPhase.Closed)
                {
                    ClosedGaps.Add(one);
                }

                break;
            default:
                break;
        }
    }

    /// <summary>How many paths stand on one side only, and how many files differ in size or, when that was summed, content.</summary>
    public (long Items, long Missed, long Wrong) CompareWith(string directory) => Compare(_top, directory);

    private static (long Items, long Missed, long Wrong) Compare(Item known, string directory)
    {
        var (items, missed, wrong, found) = (0L, 0L, 0L, 0);
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0 }))
        {
            items++;
            if (known.Children!.GetValueOrDefault(entry.Name) is not { } item)
            {
                missed++;
                continue;
            }

            found++;
            if (entry is FileInfo file)
            {
                wrong += item.Children is null && item.Size == file.Length && (item.Sha256 is null || item.Sha256 == Sum(file)) ? 0 : 1;
            }
            else if (item.Children is null)
            {
                wrong++;
            }
            else
            {
                var below = Compare(item, entry.FullName);
                (items, missed, wrong) = (items + below.Items, missed + below.Missed, wrong + below.Wrong);
            }
        }

        return (items, missed + known.Children!.Count - found, wrong);
    }

    private static string Sum(FileInfo file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file.FullName)));

    private void Create(AuditEvent one)
    {
        if (Find(one.RelativePath) is not null)
        {
            Duplicates++;
        }

        Put(one.RelativePath, new Item(one));
    }

    private void Rename(AuditEvent one)
    {
        if (Remove(one.OldRelativePath!) is { } moved)
        {
            Put(one.RelativePath, moved.Children is null ? new Item(one) : moved);
        }
        else
        {
            Senseless++;
        }
    }

    private Item? Replace(string path, Item item)
    {
        var before = Find(path);
        Put(path, item);
        return before;
    }

    private Item? Find(string path) => ParentOf(path, out var name)?.GetValueOrDefault(name);

    private Item? Remove(string path) => ParentOf(path, out var name) is { } parent && parent.Remove(name, out var item) ? item : null;

    private void Put(string path, Item item)
    {
        if (ParentOf(path, out var name) is { } parent)
        {
            parent[name] = item;
        }
        else
        {
            Senseless++;
        }
    }

    private Dictionary<string, Item>? ParentOf(string path, out string name)
    {
        var names = path.Split('/');
        name = names[^1];
        var item = _top;
        foreach (var directory in names.AsSpan(..^1))
        {
            item = item?.Children?.GetValueOrDefault(directory);
        }

        return item?.Children;
    }

    private sealed class Item
    {
        public Item()
        {
        }

        public Item(AuditEvent one)
        {
            Children = one.ItemType == ItemType.Directory ? [] : null;
            Size = one.Size;
            Sha256 = one.Sha256;
        }

        /// <summary>Null for a file.</summary>
        public Dictionary<string, Item>? Children { get; init; }

        public long? Size { get; }

        public string? Sha256 { get; }
    }
}
