namespace FileMonitor.Agent;

/// <summary>Where a path leads on this disk. Nothing is opened.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    private static readonly StringComparison Comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>Whether a path is a directory or is inside it.</summary>
    public static bool IsWithin(string path, string directory) =>
        path.StartsWith(directory, Comparison) && (path.Length == directory.Length || Path.EndsInDirectorySeparator(directory) || path[directory.Length] == Path.DirectorySeparatorChar);

    /// <summary>The path with all links resolved; what is not there stays as it is. Null when the links are a circle.</summary>
    public static string? WithoutLinks(string path)
    {
        var resolved = Path.GetPathRoot(path)!;
        var rest = new Stack<string>(Names(Path.GetFullPath(path)[resolved.Length..]));
        for (var links = 0; rest.TryPop(out var name);)
        {
            var next = Path.GetFullPath(Path.Join(resolved, name));
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MostLinks)
            {
                return null;
            }

            var absolute = Path.GetFullPath(target, resolved);
            resolved = Path.GetPathRoot(absolute)!;
            foreach (var step in Names(absolute[resolved.Length..]))
            {
                rest.Push(step);
            }
        }

        return resolved;
    }

    // The last one first, as a stack wants them.
    private static IEnumerable<string> Names(string path) => path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse();
}
