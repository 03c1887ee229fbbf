using FileMonitor.Sources.Native;

namespace FileMonitor.Sources;

/// <summary>
/// The disk: on Linux through system calls, elsewhere through .NET. Paths are absolute. No member throws for what a disk can do.
/// </summary>
/// <remarks>
/// <see cref="Open"/> and <see cref="List"/> expect a physical path, of which no part is a link, and on Linux 5.6 and later refuse any
/// other (Unreadable, Missing). <see cref="GetStatus"/> refuses none: only a link at the end is not followed.
/// </remarks>
internal sealed class DiskFileView : IFileView
{
    private readonly IFileView _files = LinuxFiles.IsSupported ? new LinuxFileView() : new ManagedFileView();

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

    /// <inheritdoc />
    public FileStatus GetStatus(string root, string relativePath) => _files.GetStatus(root, relativePath);

    /// <inheritdoc />
    public FileStatus GetDirectoryStatus(string root, string relativeDirectory) => _files.GetDirectoryStatus(root, relativeDirectory);

    /// <inheritdoc />
    public string? GetLinkTarget(string root, string relativePath, out FileStatus link) => _files.GetLinkTarget(root, relativePath, out link);

    /// <inheritdoc />
    public FileOpening Open(string root, string relativePath) => _files.Open(root, relativePath);

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) =>
        _files.List(root, relativeDirectory, found);
}
