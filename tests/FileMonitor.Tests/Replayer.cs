using System.Security.Cryptography;
using FileMonitor.Patterns;
using FileMonitor.Testing;
using FileMonitor.Values;

namespace FileMonitor.Tests;

/// <summary>
/// What somebody knows who has nothing but the stream (guarantee G1). It is strict: an event that does not fit what came before it is an
/// error, because a consumer could not apply it either.
/// </summary>
internal sealed class Replayer
{
    private const string Unknown = "?";

    private readonly SortedDictionary<string, Item> _items = new(StringComparer.Ordinal);

    public void Apply(AuditEvent said)
    {
        var path = said.RelativePath;
        switch (said.Kind)
        {
            case AuditEventKind.Baseline:
                _items[path] = ItemOf(said);
                break;
            case AuditEventKind.Created:
                Demand(!_items.ContainsKey(path), said, "it is there already");
                Demand(MayBeInDirectory(path), said, "it cannot be in a file");
                _items[path] = ItemOf(said);
                break;
            case AuditEventKind.Modified or AuditEventKind.ChecksumUpdated:
                Demand(_items.TryGetValue(path, out var old) && old.Type == said.ItemType, said, "it is not there");
                _items[path] = ItemOf(said);
                break;
            case AuditEventKind.Deleted:
                Demand(Below(path).Count == 0, said, "something is in it");
                Demand(_items.Remove(path), said, "it is not there");
                break;
            case AuditEventKind.Renamed:
                Rename(said.OldRelativePath!, path, said);
                break;
        }
    }

    private static SortedDictionary<string, Item> Look(ScriptedTree tree, IgnoreRules rules)
    {
        var items = new SortedDictionary<string, Item>(StringComparer.Ordinal);
        Look(tree, rules, "", items);
        return items;
    }

    /// <summary>One line for each path of which the stream says something else than the tree.</summary>
    public IEnumerable<string> Differences(ScriptedTree tree, IgnoreRules rules)
    {
        var actual = Look(tree, rules);
        return _items.Keys.Union(actual.Keys).Order(StringComparer.Ordinal)
            .Where(path => !IsWhatWasSaid(_items.GetValueOrDefault(path), actual.GetValueOrDefault(path)))
            .Select(path => $"{path}: said {_items.GetValueOrDefault(path)}, is {actual.GetValueOrDefault(path)}");
    }

    private static void Look(ScriptedTree tree, IgnoreRules rules, string directory, SortedDictionary<string, Item> items) =>
        tree.Files.List(tree.PathOf(directory), (name, status) =>
        {
            var path = PathText.Join(directory, name);
            if (rules.IsIgnored(path, status.ItemType.IsDirectory()))
            {
                return;
            }

            items[path] = status.ItemType switch
            {
                ItemType.File => new(ItemType.File, status.Size, Convert.ToHexStringLower(SHA256.HashData(tree.Files.ReadFile(tree.PathOf(path))))),
                ItemType.SymbolicLink => new(ItemType.SymbolicLink, 0, tree.Files.GetLinkTarget(tree.PathOf(path))),
                var other => new(other, 0, null),
            };
            if (status.ItemType == ItemType.Directory)
            {
                Look(tree, rules, path, items);
            }
        });

    private static Item ItemOf(AuditEvent said) => new(said.ItemType, said.Size ?? 0, said switch
    {
        { Kind: AuditEventKind.Baseline, ChecksumStatus: ChecksumStatus.NotComputed } or { ChecksumStatus: ChecksumStatus.Disabled } => Unknown,
        { ItemType: ItemType.SymbolicLink } => said.LinkTarget ?? Unknown,
        _ => said.Sha256,
    });

    // What was there at start may have to be said before it could be read, and a link may be elsewhere before its target is.
    private static bool IsWhatWasSaid(Item? said, Item? actual) =>
        said == actual || (said is { Content: Unknown } && actual is not null && said == actual with { Content = Unknown });

    private static void Demand(bool condition, AuditEvent said, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"{said}: {otherwise}");
        }
    }

    private void Rename(string from, string to, AuditEvent said)
    {
        Demand(_items.Remove(from, out var item), said, "it is not there");
        Demand(MayBeInDirectory(to), said, "it cannot be in a file");
        Demand(!_items.TryGetValue(to, out var replaced) || replaced.Type != ItemType.Directory || Below(to).Count == 0, said, "a directory is in the way");
        _items[to] = item!;
        foreach (var below in Below(from))
        {
            _items.Remove(below, out var moved);
            _items[to + below[from.Length..]] = moved!;
        }
    }

    // A directory that was there at start may be said later than what happens in it, but never be anything else.
    private bool MayBeInDirectory(string path) =>
        !_items.TryGetValue(PathText.DirectoryOf(path).ToString(), out var above) || above.Type == ItemType.Directory;

    private List<string> Below(string directory) => [.. _items.Keys.Where(path => path.StartsWith(directory + "/", StringComparison.Ordinal))];

    /// <summary>What is known of one path; <paramref name="Content"/> is a file's checksum or a link's target.</summary>
    internal sealed record Item(ItemType Type, long Size, string? Content);
}
