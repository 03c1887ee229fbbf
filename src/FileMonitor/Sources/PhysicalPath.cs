namespace FileMonitor.Sources;

/// <summary>Resolves the links in a root's path once, at start, so that afterwards no component of a watched path is a link.</summary>
internal static class PhysicalPath
{
    private const int MaxLinks = 40;

    /// <exception cref="DirectoryNotFoundException">Nothing is there.</exception>
    /// <exception cref="IOException">A file is there, or the links go round in a circle.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string OfDirectory(string path)
    {
        if (File.Exists(path))
        {
            throw new IOException($"The root '{path}' is a file, not a directory.");
        }

        if (!Directory.Exists(path))
        {
            throw new DirectoryNotFoundException($"The root '{path}' does not exist, or may not be seen by this process.");
        }

        var physical = Resolve(path);

        // The first entry is enough to learn whether it may be read; a missing permission is better said now than as an empty baseline.
        using var entries = Directory.EnumerateFileSystemEntries(physical).GetEnumerator();
        entries.MoveNext();
        return physical;
    }

    /// <summary>The same for a directory that may not be there yet: the part that is there is resolved.</summary>
    public static string OfExisting(string path) => Resolve(path);

    private static string Resolve(string path)
    {
        var links = 0;
        var root = Path.GetPathRoot(path)!;
        var resolved = root;
        var rest = new Stack<string>(Names(path[root.Length..]).Reverse());
        while (rest.TryPop(out var name))
        {
            if (name is "." or "")
            {
                continue;
            }

            if (name == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? root;
                continue;
            }

            var next = Path.Join(resolved, name);
            if (new DirectoryInfo(next).LinkTarget is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new IOException($"The root '{path}' leads through too many symbolic links.");
            }

            var isAbsolute = Path.IsPathRooted(target);
            resolved = isAbsolute ? Path.GetPathRoot(target)! : resolved;
            foreach (var step in Names(isAbsolute ? target[resolved.Length..] : target).Reverse())
            {
                rest.Push(step);
            }
        }

        return resolved;
    }

    private static string[] Names(string path) => path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]);
}
