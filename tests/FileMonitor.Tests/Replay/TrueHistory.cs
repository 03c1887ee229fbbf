using System.Security.Cryptography;
using FileMonitor.Testing;
using FileMonitor.Values;

namespace FileMonitor.Tests.Replay;

/// <summary>The claims of events about a scripted tree. It is asked after each flush, when everything is told that was done. One thread.</summary>
internal sealed class TrueHistory(ScriptedTree tree)
{
    private Dictionary<string, Item> _before = Look(tree);
    private int _told;

    /// <summary>One line for each claim since the last time that is not true.</summary>
    public IReadOnlyList<string> FalseClaims(IReadOnlyList<AuditEvent> events)
    {
        var now = Look(tree);
        var there = now.Values.Select(item => item.Number).ToHashSet();
        var claims = new FileClaims(_before.ToDictionary(item => item.Key, item => item.Value.Number), there);
        foreach (var said in events.Skip(_told).Where(said => said.Kind is not (AuditEventKind.Baseline or AuditEventKind.Gap)))
        {
            claims.Apply(said);
        }

        var before = _before.Values.ToDictionary(item => item.Number);
        foreach (var (path, item) in now)
        {
            if (before.TryGetValue(item.Number, out var was))
            {
                claims.Demand(path, item.Number, hasChanged: item.Content != was.Content);
            }
        }

        (_before, _told) = (now, events.Count);
        return claims.False;
    }

    private static Dictionary<string, Item> Look(ScriptedTree tree)
    {
        var items = new Dictionary<string, Item>();
        Look(tree, "", items);
        return items;
    }

    private static void Look(ScriptedTree tree, string directory, Dictionary<string, Item> items) =>
        tree.Files.List(tree.PathOf(directory), (name, status) =>
        {
            var path = PathText.Join(directory, name);
            items[path] = new Item(status.FileNumber, status.ItemType switch
            {
                ItemType.File => Convert.ToHexStringLower(SHA256.HashData(tree.Files.ReadFile(tree.PathOf(path)))),
                ItemType.SymbolicLink => tree.Files.GetLinkTarget(tree.PathOf(path)),
                _ => null,
            });
            if (status.ItemType == ItemType.Directory)
            {
                Look(tree, path, items);
            }
        });

    private sealed record Item(ulong Number, string? Content);
}
