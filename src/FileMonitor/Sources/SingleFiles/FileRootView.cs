using FileMonitor.Extending;

namespace FileMonitor.Sources.SingleFiles;

/// <summary>
/// The disk as the pump sees it when files are roots: each such root is a directory that is always there, with at most one name in it. What stands
/// behind the name is found by following the path of the file; other roots are seen as they are. Stateless.
/// </summary>
internal sealed class FileRootView(IFileView disk) : IFileView, IHasTurnView
{
    // Between following the path and looking at its end, somebody may have changed a link. Who changes one all the time is told as missing.
    private const int MostTries = 16;

    /// <summary>The metadata of the directory that a root of one file is: without identity, so that it is never another one.</summary>
    public static FileStatus Top { get; } = new() { Outcome = FileStatusOutcome.Found, ItemType = ItemType.Directory };

    /// <summary>Whether files are followed on the disk. A host's own view or source has other places than the disk, or watches only what it is told.</summary>
    public static bool CanSee(FileMonitorComponents components) => components.FileView is null && components.Source is null;

    /// <summary>The place of a file for the pump. It ends with a separator, which no path of a directory does, except for one without a name.</summary>
    public static string PlaceOf(string path) => path + Path.DirectorySeparatorChar;

    /// <inheritdoc />
    public FileStatus GetStatus(string root, string relativePath) =>
        !IsPlace(root) ? disk.GetStatus(root, relativePath)
        : relativePath.Length == 0 ? Top
        : IsNamed(root, relativePath) ? Follow(root).Status
        : default;

    /// <inheritdoc />
    public FileStatus GetDirectoryStatus(string root, string relativeDirectory) =>
        IsPlace(root) ? GetStatus(root, relativeDirectory) : disk.GetDirectoryStatus(root, relativeDirectory);

    /// <inheritdoc />
    public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
    {
        if (!IsPlace(root))
        {
            return disk.GetLinkTarget(root, relativePath, out link);
        }

        link = GetStatus(root, relativePath);
        return null;
    }

    /// <inheritdoc />
    public FileOpening Open(string root, string relativePath)
    {
        if (!IsPlace(root))
        {
            return disk.Open(root, relativePath);
        }

        var opening = new FileOpening(ChecksumStatus.Vanished);
        for (var tries = 0; tries < MostTries && IsNamed(root, relativePath) && Follow(root) is { Status.IsFound: true } trail; tries++)
        {
            opening = disk.Open(trail.End.Directory, trail.End.Name);
            if (opening.Status != ChecksumStatus.Vanished)
            {
                break;
            }
        }

        return opening;
    }

    /// <inheritdoc />
    public FileWriters GetWriters(string root, string relativePath) =>
        !IsPlace(root) ? disk.GetWriters(root, relativePath)
        : IsNamed(root, relativePath) && Follow(root) is { Status.IsFound: true } trail ? disk.GetWriters(trail.End.Directory, trail.End.Name)
        : FileWriters.Unknown;

    /// <inheritdoc />
    public IReadOnlyDictionary<string, byte[]?>? GetExtendedAttributes(string root, string relativePath, out FileStatus item)
    {
        if (!IsPlace(root))
        {
            return disk.GetExtendedAttributes(root, relativePath, out item);
        }

        item = default;
        return IsNamed(root, relativePath) && Follow(root) is { Status.IsFound: true } trail ? disk.GetExtendedAttributes(trail.End.Directory, trail.End.Name, out item) : null;
    }

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found)
    {
        if (!IsPlace(root))
        {
            return disk.List(root, relativeDirectory, found);
        }

        if (relativeDirectory.Length > 0)
        {
            return FileStatusOutcome.Missing;
        }

        var status = Follow(root).Status;
        if (status.IsFound)
        {
            found(Path.GetFileName(PathOf(root)), status);
        }

        return status.Outcome == FileStatusOutcome.Missing ? FileStatusOutcome.Found : status.Outcome;
    }

    public ITurnView CreateTurnView() => new TurnView(this, PlainTurnView.Of(disk));

    private static bool IsPlace(string root) => root.Length > 1 && root[^1] == Path.DirectorySeparatorChar && Path.GetPathRoot(root) != root;

    private static bool IsNamed(string root, string relativePath) => Path.GetFileName(PathOf(root)) == relativePath;

    private static string PathOf(string place) => place[..^1];

    /// <summary>Follows the path until the file is found, or was missing in the same way twice.</summary>
    private FileTrail Follow(string place)
    {
        var trail = FileTrail.Of(PathOf(place), disk);
        for (var tries = 1; tries < MostTries && trail.Status.Outcome == FileStatusOutcome.Missing; tries++)
        {
            var again = FileTrail.Of(PathOf(place), disk);
            if (again.IsSame(trail))
            {
                break;
            }

            trail = again;
        }

        return trail;
    }

    /// <summary>The same for a turn of the pump. Owner: the pump.</summary>
    private sealed class TurnView(FileRootView view, ITurnView disk) : ITurnView
    {
        public FileStatus GetStatus(string root, string relativePath) => IsPlace(root) ? view.GetStatus(root, relativePath) : disk.GetStatus(root, relativePath);

        public FileStatus GetDirectory(string root, ReadOnlySpan<char> relativeDirectory) =>
            IsPlace(root) ? view.GetStatus(root, relativeDirectory.ToString()) : disk.GetDirectory(root, relativeDirectory);

        public void ListNumbers(string root, string relativeDirectory, Action<string, ulong, ItemType> found)
        {
            if (IsPlace(root))
            {
                view.List(root, relativeDirectory, (name, status) => found(name, status.Identity.Number, status.ItemType));
            }
            else
            {
                disk.ListNumbers(root, relativeDirectory, found);
            }
        }

        public void EndTurn() => disk.EndTurn();
    }
}
