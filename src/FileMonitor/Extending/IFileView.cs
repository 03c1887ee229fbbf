namespace FileMonitor.Extending;

/// <summary>
/// How the monitor reads files: metadata, content, directories. The default is the disk; the testing package has a view in memory. Every member
/// takes a path below a root and describes the item there. No link is followed, neither at the end nor on the way: with a link, anyone who may
/// write below a root could lead the monitor out of it. A path through a link names nothing. Every member may be called from several threads,
/// and reports expected failures as values.
/// </summary>
public interface IFileView
{
    /// <summary>The metadata of an item.</summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativePath">The path below it, names separated by <c>/</c>; empty for the root itself.</param>
    FileStatus GetStatus(string root, string relativePath);

    /// <summary>
    /// The metadata of a directory; Inaccessible when it cannot be listed. The default does not try whether it can.
    /// </summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativeDirectory">The directory below it; empty for the root itself.</param>
    FileStatus GetDirectoryStatus(string root, string relativeDirectory) => GetStatus(root, relativeDirectory);

    /// <summary>The unresolved target of a symbolic link; null when the item is no link or cannot be read.</summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativePath">The path below it.</param>
    /// <param name="link">The metadata of the item that was read, or why there are none.</param>
    string? GetLinkTarget(string root, string relativePath, out FileStatus link);

    /// <summary>Opens a regular file to read; others may still write, rename or delete it.</summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativePath">The path below it.</param>
    /// <returns>The open file, or the reason there is none.</returns>
    FileOpening Open(string root, string relativePath);

    /// <summary>
    /// Whether anybody has a regular file open for writing now. The default cannot know. The monitor asks it of files that it finds and that no
    /// source has told of, to tell them at once when they are complete.
    /// </summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativePath">The path below it.</param>
    FileWriters GetWriters(string root, string relativePath) => FileWriters.Unknown;

    /// <summary>
    /// The extended attributes of an item: names and raw values as the file system has them, null for a value that may not be read. The default cannot know. The
    /// monitor asks it only where <see cref="ReportOptions.AttributeChanges"/> asks for one of them, of new items and of items with another change time.
    /// </summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativePath">The path below it.</param>
    /// <param name="item">The metadata of the item that was read, or why there are none.</param>
    /// <returns>Empty when there are none; null when they are not known.</returns>
    IReadOnlyDictionary<string, byte[]?>? GetExtendedAttributes(string root, string relativePath, out FileStatus item)
    {
        item = default;
        return null;
    }

    /// <summary>Calls <paramref name="found"/> for every entry of a directory, with its name and metadata, in no particular order.</summary>
    /// <param name="root">The absolute path of the root, of which no part is a link.</param>
    /// <param name="relativeDirectory">The directory below it; empty for the root itself.</param>
    /// <param name="found">Given each name and its metadata.</param>
    /// <returns>Found when the listing is complete; otherwise why it is not.</returns>
    FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found);
}

/// <summary>The result of <see cref="IFileView.Open"/>: an open file, or why there is none.</summary>
public readonly struct FileOpening
{
    /// <summary>An open file.</summary>
    public FileOpening(OpenFile file)
    {
        File = file;
        Status = ChecksumStatus.Computed;
    }

    /// <summary>No file, and why: Vanished, Locked, Unreadable or NotApplicable.</summary>
    public FileOpening(ChecksumStatus status, string? detail = null)
    {
        Status = status;
        Detail = detail;
    }

    /// <summary>The open file; null when there is none.</summary>
    public OpenFile? File { get; }

    /// <summary>Why there is none; Computed when there is one.</summary>
    public ChecksumStatus Status { get; }

    /// <summary>The system's message.</summary>
    public string? Detail { get; }
}

/// <summary>A file open for reading.</summary>
public abstract class OpenFile : IDisposable
{
    /// <summary>The metadata of the open file itself, whatever its name is by now.</summary>
    public abstract FileStatus GetStatus();

    /// <summary>Whether anybody else has the file open for writing now. Default: unknown.</summary>
    public virtual FileWriters GetWriters() => FileWriters.Unknown;

    /// <summary>Reads at a position; 0 at the end.</summary>
    /// <exception cref="IOException">The file system failed.</exception>
    public abstract int Read(Span<byte> buffer, long position);

    /// <summary>
    /// The position of the next bytes, at a position or after it, that have to be read: all before them are known to be zeros, because nothing
    /// is stored there (a hole of a sparse file). Default: the position itself, nothing is known.
    /// </summary>
    /// <param name="position">Where to start.</param>
    /// <returns>At least <paramref name="position"/>; any value behind the end when only zeros follow.</returns>
    public virtual long FindData(long position) => position;

    /// <summary>
    /// Whether the size in the metadata is that of the content. False for a file whose content is generated while it is read, as in <c>/proc</c>
    /// and <c>/sys</c>: it is read to its end, wherever that is. Default: true.
    /// </summary>
    public virtual bool StatesSize => true;

    /// <summary>
    /// Whether each write gives the file another time. Where it does not, two writes of the same moment cannot be told apart by their time, and the content is read when the
    /// last write is some milliseconds ago. Default: false, as on every file system.
    /// </summary>
    public virtual bool StatesExactTimes => false;

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);
}
