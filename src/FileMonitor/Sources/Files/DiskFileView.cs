using FileMonitor.Extending;
using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Files;

/// <summary>
/// The disk: on Linux and Windows through system calls, elsewhere through .NET. The path of a root is physical: no part of it is a link. No member throws
/// for errors of the disk.
/// </summary>
internal sealed class DiskFileView : IFileView, IHasTurnView
{
    private static readonly IFileView Files =
        LinuxFiles.IsSupported ? new LinuxFileView() : OperatingSystem.IsWindows() ? new WindowsFileView() : new ManagedFileView();

    /// <summary>
    /// The absolute path with the links, dots and double dots of its directory part resolved. The last name stays as it is, link or not, unless
    /// a separator follows it. A path that cannot be resolved is only made absolute; the next call then reports the problem.
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
    /// The absolute path with all links resolved, also the last name. For a path that leads to nothing, the result of <see cref="Physical"/>.
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
            // The links form a circle.
            return Physical(path);
        }
    }

    /// <summary>Whether a path below a root is a directory, and not a link to one.</summary>
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
    public IReadOnlyDictionary<string, byte[]?>? GetExtendedAttributes(string root, string relativePath, out FileStatus item) => Files.GetExtendedAttributes(root, relativePath, out item);

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) =>
        Files.List(root, relativeDirectory, found);
}
