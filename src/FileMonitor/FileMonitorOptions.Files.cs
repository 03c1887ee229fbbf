namespace FileMonitor;

public sealed partial class FileMonitorOptions
{
    /// <summary>
    /// Adds one file as a root. It need not be there yet, nor its directory. What its path leads to is what counts: every symbolic link on the way is
    /// followed and watched, in the directories and in the file itself. Events say that the file was created, modified (its content is another) or deleted;
    /// their <see cref="AuditEvent.Root"/> is the path, and <see cref="AuditEvent.RelativePath"/> is empty.
    /// </summary>
    /// <remarks>
    /// Only a regular file counts: a directory, pipe or device at the path, and links that lead to nothing or in a circle, mean that there is no file. The
    /// file is hashed at start, whatever <see cref="ChecksumOptions.Baseline"/> says, so that writing the same bytes again is no change. A missing file is
    /// no lost root. With a source or view of the host's own no link is followed.
    /// </remarks>
    /// <param name="path">The file. Validation refuses a relative path, and one inside a directory that is a root.</param>
    /// <param name="configure">Further options of the root; patterns are refused.</param>
    /// <returns>This object, for further calls.</returns>
    /// <example>
    /// <code>
    /// options.AddFile("/etc/app/config.json");
    /// </code>
    /// </example>
    public FileMonitorOptions AddFile(string path, Action<RootOptions>? configure = null)
    {
        var root = new RootOptions { Path = path, IsFile = true };
        configure?.Invoke(root);
        Roots.Add(root);
        return this;
    }
}
