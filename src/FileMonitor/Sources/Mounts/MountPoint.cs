using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Sources.Mounts;

/// <summary>Where a mount point is, seen from a root.</summary>
internal static class MountPoint
{
    /// <summary>Whether what is mounted there decides which directory the path of a root leads to.</summary>
    public static bool IsAtOrAbove(string point, MonitoredRoot root) => Below(point, root.PhysicalPath) is not null;

    /// <summary>Whether it is below a root, and the root watches what is below it.</summary>
    public static bool IsBelow(MonitoredRoot root, string point) => root.Recursive && Below(root, point) is { Length: > 0 };

    /// <summary>The path below a root; empty for the root itself, null for what is elsewhere.</summary>
    public static string? Below(MonitoredRoot root, string path) => Below(root.PhysicalPath, path);

    private static string? Below(string top, string path)
    {
        // The only path that ends with a separator is that of the root of all.
        var directory = top == "/" ? "" : top;
        return !PathText.IsAtOrBelow(path, directory) ? null : path.Length == directory.Length ? "" : path[(directory.Length + 1)..];
    }
}
