using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Files;

/// <summary>Resolves the links in a root's path once, at start, so that no part of a watched path is a link afterwards.</summary>
internal static class PhysicalPath
{
    private const int MaxLinks = 40;

    /// <summary>The path without links. For a directory that may be missing, the existing part is resolved.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="passed">Called with the path and the text of each link on the way, in their order.</param>
    /// <exception cref="IOException">The links form a circle.</exception>
    public static string OfExisting(string path, Action<string, string>? passed = null)
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
            if (LinkTarget(next) is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new IOException($"The root '{path}' leads through too many symbolic links.");
            }

            passed?.Invoke(next, target);

            var isAbsolute = Path.IsPathRooted(target);
            resolved = isAbsolute ? Path.GetPathRoot(target)! : resolved;
            foreach (var step in Names(isAbsolute ? target[resolved.Length..] : target).Reverse())
            {
                rest.Push(step);
            }
        }

        return resolved;
    }

    /// <summary>The unresolved target of a symbolic link; null when the path is no link or cannot be read. Works for names of any bytes.</summary>
    public static string? LinkTarget(string path)
    {
        if (!LinuxFiles.IsSupported)
        {
            return new DirectoryInfo(path).LinkTarget;
        }

        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);

        // A target is a path, which the system limits to this length.
        Span<byte> target = stackalloc byte[4096];
        var length = native.Error == 0 ? LinuxNames.ReadLink(native.Directory, native.Bytes, target) : -1;
        return length < 0 ? null : PathText.Decode(target[..length]);
    }

    private static string[] Names(string path) => path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]);
}
