using FileMonitor.Extending;
using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Files;

/// <summary>
/// The disk: on Linux through system calls, elsewhere through .NET. A root is physical: no part of
/// its path is a link. No member throws for what a disk can do.
/// </summary>
internal sealed class DiskFileView : IFileView, IHasTurnView
{
    private static readonly IFileView Files = LinuxFiles.IsSupported ? new LinuxFileView() : new ManagedFileView();

    /// <summary>
    /// The absolute path with the links, dots and double dots of its directory part resolved; its last name stays as it is, link or not,
    /// unless a separator follows it. A path that cannot be resolved comes back absolute, for the next call to say what is wrong.
    /// </summary>
    public static string Physical(string path)
    {
        if (!LinuxFiles.IsSupported)
        {
            return Path.GetFullPath(path);
        }

        var slash = path.LastIndexOf('/');
        var name = path.AsSpan(slash + 1);
        if (name is "" or "." or "..")
        {
            return LinuxFileView.Resolve(path) ?? Path.GetFullPath(path);
        }

        var directory = LinuxFileView.Resolve(slash < 0 ? "." : path.AsSpan(0, Math.Max(slash, 1)));
        return directory is null ? Path.GetFullPath(path) : Path.Join(directory, name);
    }

    /// <summary>
    /// The absolute path with all its links resolved, one at its end included. A path that leads to nothing comes back as
    /// <see cref="Physical"/> gives it.
    /// </summary>
    public static string PhysicalTarget(string path)
    {
        if (LinuxFiles.IsSupported)
        {
            return LinuxFileView.Resolve(path) ?? Physical(path);
        }

        try
        {
            return PhysicalPath.OfExisting(Path.GetFullPath(path));
        }
        catch (IOException)
        {
            // The links go round in a circle.
            return Physical(path);
        }
    }

    /// <summary>Whether a directory, and no link to one, stands below a root.</summary>
    public static bool IsDirectory(string root, string relativePath) => Files.GetStatus(root, relativePath).ItemType == ItemType.Directory;

    public ITurnView CreateTurnView() => PlainTurnView.Of(Files);

    /// <inheritdoc />
    public FileStatus GetStatus(string root, string relativePath) => Files.GetStatus(root, relativePath);

    /// <inheritdoc />
    public FileStatus GetDirectoryStatus(string root, string relativeDirectory) => Files.GetDirectoryStatus(root, relativeDirectory);

    /// <inheritdoc />
    public string? GetLinkTarget(string root, string relativePath, out FileStatus link) => Files.GetLinkTarget(root, relativePath, out link);

    /// <inheritdoc />
    public FileOpening Open(string root, string relativePath) => Files.Open(root, relativePath);

    /// <inheritdoc />
    public FileWriters GetWriters(string root, string relativePath) => Files.GetWriters(root, relativePath);

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) =>
        Files.List(root, relativeDirectory, found);
}
