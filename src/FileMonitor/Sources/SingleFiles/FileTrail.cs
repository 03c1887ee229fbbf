using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Sources.SingleFiles;

/// <summary>A name in a directory that decides what a path leads to: a link on the way, or the last name of the way.</summary>
/// <param name="Directory">The directory; no part of the path is a link.</param>
/// <param name="Identity">Which directory it is; unknown where the system does not say.</param>
/// <param name="Name">The name in it.</param>
internal readonly record struct TrailStop(string Directory, FileIdentity Identity, string Name);

/// <summary>
/// Where the path of one file leads: through which links, to which name, and what is there. The links are followed one by one, so that each can be
/// watched, and each look asks <see cref="IFileView"/>, which follows none. Immutable.
/// </summary>
/// <param name="Stops">Every link on the way, and last the name where the way ends.</param>
/// <param name="Status">What is there. Missing when it is no regular file.</param>
/// <param name="Problem">Why there can be no file at the path as it is now, as a sentence; null when there is one, or could be.</param>
internal sealed record FileTrail(IReadOnlyList<TrailStop> Stops, FileStatus Status, string? Problem)
{
    // As many as the kernel follows.
    private const int MaxLinks = 40;

    /// <summary>The name where the way ends.</summary>
    public TrailStop End => Stops[^1];

    /// <summary>
    /// Whether the name where the way ends is that of the file. Otherwise it is that of a directory that is missing, or of what stands in its place, and what happens to it did not happen to
    /// the file.
    /// </summary>
    public bool EndsAtFile { get; init; }

    /// <summary>Whether both lead through the same names of the same directories, and find the same kind of thing at the end.</summary>
    public bool IsSame(FileTrail other) =>
        Status.Outcome == other.Status.Outcome && Problem == other.Problem && Stops.SequenceEqual(other.Stops);

    /// <summary>Follows a path. Reads only names, links and metadata; never throws.</summary>
    /// <param name="path">An absolute path without dots.</param>
    /// <param name="disk">A view of the disk, of which nothing follows a link.</param>
    public static FileTrail Of(string path, IFileView disk)
    {
        var top = Path.GetPathRoot(path)!;
        var walk = new Walk(disk, top, path);
        walk.Push(path[top.Length..]);
        return walk.Run();
    }

    private static string[] Names(string path) => path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]);

    /// <summary>One walk along a path. Owner: the caller of <see cref="Of"/>.</summary>
    private sealed class Walk(IFileView disk, string start, string path)
    {
        private readonly List<TrailStop> _stops = [];
        private readonly Stack<string> _rest = new();
        private string _top = start;
        private string _directory = start;
        private FileIdentity _identity = disk.GetStatus(start, "").Identity;
        private int _links;

        private string ToDirectory => $"'{path}' leads to a directory, not to a file.";

        public void Push(string names)
        {
            foreach (var name in Names(names).Reverse())
            {
                _rest.Push(name);
            }
        }

        public FileTrail Run()
        {
            while (_rest.TryPop(out var name))
            {
                if (name is "" or ".")
                {
                    continue;
                }

                if (name == "..")
                {
                    MoveTo(Path.GetDirectoryName(_directory) ?? _top);
                }
                else if (Step(name) is { } end)
                {
                    return end;
                }
            }

            return End(Path.GetFileName(_directory), default, ToDirectory);
        }

        /// <returns>The end of the way; null when it goes on.</returns>
        private FileTrail? Step(string name)
        {
            var target = disk.GetLinkTarget(_top, Below(Path.Join(_directory, name)), out var status);
            if (status.ItemType == ItemType.SymbolicLink)
            {
                return Follow(name, target);
            }

            var isLast = !_rest.Any(static later => later is not ("" or "."));
            if (status.ItemType == ItemType.Directory && !isLast)
            {
                (_directory, _identity) = (Path.Join(_directory, name), status.Identity);
                return null;
            }

            var isFile = status.ItemType == ItemType.File;
            var problem = !status.IsFound || (isLast && isFile) ? null
                : isFile ? $"'{path}' leads through a file."
                : status.ItemType == ItemType.Directory ? ToDirectory
                : $"'{path}' leads to something that is neither a file nor a directory.";
            return End(name, problem is null ? status : default, problem) with { EndsAtFile = isLast };
        }

        private FileTrail? Follow(string name, string? target)
        {
            _stops.Add(new TrailStop(_directory, _identity, name));
            if (target is null || ++_links > MaxLinks)
            {
                return new FileTrail(_stops, default, target is null ? null : $"'{path}' leads through more than {MaxLinks} symbolic links, or in a circle.");
            }

            if (Path.IsPathRooted(target))
            {
                _top = Path.GetPathRoot(Path.GetFullPath(target, _directory))!;
                MoveTo(_top);
                target = target[Path.GetPathRoot(target)!.Length..];
            }

            Push(target);
            return null;
        }

        private void MoveTo(string directory)
        {
            _directory = directory;
            _identity = disk.GetStatus(_top, Below(directory)).Identity;
        }

        private string Below(string full) => full[_top.Length..].Replace(Path.DirectorySeparatorChar, '/');

        private FileTrail End(string name, in FileStatus status, string? problem)
        {
            _stops.Add(new TrailStop(_directory, _identity, name));
            return new FileTrail(_stops, status, problem);
        }
    }
}
