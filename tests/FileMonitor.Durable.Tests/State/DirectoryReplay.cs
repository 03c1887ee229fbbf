using System.Security.Cryptography;
using FluentAssertions;

namespace FileMonitor.Durable.Tests.State;

/// <summary>What events add up to, and what is on the disk: paths with hashes of files.</summary>
internal static class DirectoryReplay
{
    /// <summary>Strict: an event that does not fit those before it is an error.</summary>
    public static Dictionary<string, string> Replay(IEnumerable<AuditEvent> events)
    {
        var items = new Dictionary<string, string>();
        foreach (var one in events)
        {
            var what = one.ItemType == ItemType.Directory ? "directory" : one.Sha256 ?? one.ChecksumStatus.ToString();
            switch (one.Kind)
            {
                case AuditEventKind.Created:
                    items.TryAdd(one.RelativePath, what).Should().BeTrue("{0} was not there before {1}", one.RelativePath, one);
                    break;
                case AuditEventKind.Modified or AuditEventKind.ChecksumUpdated:
                    items.ContainsKey(one.RelativePath).Should().BeTrue("{0} was there before {1}", one.RelativePath, one);
                    items[one.RelativePath] = what;
                    break;
                case AuditEventKind.Deleted:
                    items.Remove(one.RelativePath).Should().BeTrue("{0} was there before {1}", one.RelativePath, one);
                    break;
                case AuditEventKind.Renamed:
                    Rename(items, one);
                    break;
            }
        }

        return items;
    }

    private static void Rename(Dictionary<string, string> items, AuditEvent renamed)
    {
        var (from, to) = (renamed.OldRelativePath!, renamed.RelativePath);
        items.ContainsKey(from).Should().BeTrue("{0} was there before {1}", from, renamed);
        foreach (var path in items.Keys.Where(path => path == from || path.StartsWith(from + "/", StringComparison.Ordinal)).ToList())
        {
            items.Remove(path, out var what);
            items[to + path[from.Length..]] = what!;
        }
    }

    public static Dictionary<string, string> OnDisk(string root) =>
        new DirectoryInfo(root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).ToDictionary(
            one => Path.GetRelativePath(root, one.FullName),
            one => one is FileInfo file ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file.FullName))) : "directory");
}
