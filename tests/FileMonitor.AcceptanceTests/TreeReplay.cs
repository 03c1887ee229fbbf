using Xunit.Sdk;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// What a consumer knows who applies baseline and events in order (guarantee G1). Strict: a Created of something that is there, an event
/// of something that is not, or a child after its directory's deletion is an error of the monitor.
/// </summary>
/// <remarks>
/// A child before its directory is an error too, except while the baseline is still being told: what happens goes before what was there.
/// </remarks>
internal sealed class TreeReplay(int baselineLeft)
{
    private readonly SortedDictionary<string, TreeItem> _items = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _children = [];
    private int _baselineLeft = baselineLeft;

    public static IReadOnlyDictionary<string, TreeItem> Of(IReadOnlyList<AuditEvent> events)
    {
        var replay = new TreeReplay(events.Count(one => one.Kind == AuditEventKind.Baseline));
        foreach (var one in events)
        {
            replay.Apply(one);
        }

        return replay._items;
    }

    private void Apply(AuditEvent one)
    {
        switch (one.Kind)
        {
            case AuditEventKind.Baseline or AuditEventKind.Created:
                _baselineLeft -= one.Kind == AuditEventKind.Baseline ? 1 : 0;
                Add(one, one.RelativePath, new TreeItem(one.ItemType, one.Size, one.Sha256, one.LinkTarget));
                break;
            case AuditEventKind.Modified or AuditEventKind.ChecksumUpdated:
                Require(one, _items.ContainsKey(one.RelativePath), "is not there");
                _items[one.RelativePath] = new TreeItem(one.ItemType, one.Size, one.Sha256, one.LinkTarget);
                break;
            case AuditEventKind.AttributesChanged:
                Require(one, _items.ContainsKey(one.RelativePath), "is not there");
                break;
            case AuditEventKind.Deleted:
                Remove(one, one.RelativePath);
                break;
            case AuditEventKind.Renamed:
                Rename(one);
                break;
            default:
                break;
        }
    }

    private void Rename(AuditEvent one)
    {
        var (from, to) = (one.OldRelativePath!, one.RelativePath);
        if (_items.ContainsKey(to))
        {
            Remove(one, to);
        }

        var below = _items.Where(item => item.Key.StartsWith(from + "/", StringComparison.Ordinal)).ToList();
        foreach (var (path, _) in below.AsEnumerable().Reverse())
        {
            Remove(one, path);
        }

        var moved = Remove(one, from);
        Add(one, to, moved);
        foreach (var (path, item) in below)
        {
            Add(one, to + path[from.Length..], item);
        }
    }

    private void Add(AuditEvent one, string path, TreeItem item)
    {
        var directory = DirectoryOf(path);
        Require(one, directory.Length == 0 || _baselineLeft > 0 || _items.GetValueOrDefault(directory)?.Type == ItemType.Directory, "comes before its directory");
        Require(one, _items.TryAdd(path, item), "is there already");
        _children[directory] = _children.GetValueOrDefault(directory) + 1;
    }

    private TreeItem Remove(AuditEvent one, string path)
    {
        Require(one, _items.Remove(path, out var item), "is not there");
        Require(one, _children.GetValueOrDefault(path) == 0, "still has children");
        _children[DirectoryOf(path)]--;
        return item!;
    }

    private static string DirectoryOf(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : "";

    private static void Require(AuditEvent one, bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new XunitException($"{one}: this, or what it moves, {otherwise} for whoever applies the events in order.");
        }
    }
}
