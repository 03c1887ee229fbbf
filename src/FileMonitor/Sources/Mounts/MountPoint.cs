using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Sources.Mounts;

/// <summary>Relates mount points to roots.</summary>
internal static class MountPoint
{
    /// <summary>Whether a mount there may change which directory the path of a root leads to.</summary>
    public static bool IsAtOrAbove(string point, MonitoredRoot root) => Below(point, root.PhysicalPath) is not null;

    /// <summary>Whether the point is below a root whose subdirectories are watched.</summary>
    public static bool IsBelow(MonitoredRoot root, string point) => root.Recursive && Below(root, point) is { Length: > 0 };

    /// <summary>The path below a root; empty for the root itself, null for a path elsewhere.</summary>
    public static string? Below(MonitoredRoot root, string path) => Below(root.PhysicalPath, path);

    private static string? Below(string top, string path)
    {
        // Only the path "/" ends with a separator.
        var directory = top == "/" ? "" : top;
        return !PathText.IsAtOrBelow(path, directory) ? null : path.Length == directory.Length ? "" : path[(directory.Length + 1)..];
    }
}
