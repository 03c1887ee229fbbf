using System.Text;
using FileMonitor.Extending;

namespace FileMonitor.Testing;

/// <summary>
/// A file system in memory, changed by a test and looked at by a monitor. It behaves like one of Unix, and on Windows and macOS
/// compares names without case: a rename keeps the identity and replaces an existing file, an overwritten file keeps its identity, an open file stays readable after it was deleted. Every
/// write has its own time, later than all before it, even while the clock stands still.
/// </summary>
/// <remarks>
/// May be used from several threads: one lock owns everything, and no code of the test runs inside it. A change that a real file system
/// would refuse throws, so that a wrong script is noticed. Links are leaves: a path that leads through one names nothing.
/// </remarks>
public sealed class InMemoryFileView : IFileView
{
    private readonly Lock _lock = new();
    private readonly InMemoryTree _tree;

    /// <summary>An empty file system.</summary>
    /// <param name="timeProvider">The clock of the file times. Default: the system's.</param>
    public InMemoryFileView(TimeProvider? timeProvider = null) => _tree = new InMemoryTree(timeProvider ?? TimeProvider.System);

    /// <summary>
    /// Whether a new item gets the file number of a deleted one, as on ext4, so that the number alone does not tell files apart. Default: false,
    /// every number is new.
    /// </summary>
    public bool ReusesFileNumbers
    {
        get
        {
            lock (_lock)
            {
                return _tree.ReusesFileNumbers;
            }
        }

        set
        {
            lock (_lock)
            {
                _tree.ReusesFileNumbers = value;
            }
        }
    }

    /// <summary>
    /// Whether items created from now on have a <see cref="FileStatus.BirthTicks"/>, as on ext4 and XFS. Otherwise a file with the number of a
    /// deleted one differs from it only by size and time. Default: true.
    /// </summary>
    public bool HasBirthTimes
    {
        get
        {
            lock (_lock)
            {
                return _tree.HasBirthTimes;
            }
        }

        set
        {
            lock (_lock)
            {
                _tree.HasBirthTimes = value;
            }
        }
    }

    /// <summary>Called with the path when a file is about to be opened, so that a test can change the tree just then.</summary>
    public Action<string>? OnOpen { get; set; }

    /// <summary>
    /// Called before each read of an open file, with the path it was opened by, so that a test can change a file in the middle of a read. An
    /// <see cref="IOException"/> thrown here is the read's.
    /// </summary>
    public Action<string>? OnRead { get; set; }

    /// <summary>Called with the path when a directory is about to be listed.</summary>
    public Action<string>? OnList { get; set; }

    /// <summary>Writes a whole file: a new one, or over the content of an existing one, which keeps its identity. Missing directories are created.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="content">The bytes.</param>
    /// <exception cref="IOException">Something that is no file is there.</exception>
    public void WriteFile(string path, ReadOnlySpan<byte> content) => Write(path, content, append: false, appeared: null);

    /// <summary>Writes a whole file, as UTF-8.</summary>
    /// <inheritdoc cref="WriteFile(string, ReadOnlySpan{byte})" />
    public void WriteFile(string path, string content) => WriteFile(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Appends to a file, which is created when it is missing.</summary>
    /// <inheritdoc cref="WriteFile(string, ReadOnlySpan{byte})" />
    public void Append(string path, ReadOnlySpan<byte> content) => Write(path, content, append: true, appeared: null);

    /// <summary>Appends text to a file, as UTF-8.</summary>
    /// <inheritdoc cref="WriteFile(string, ReadOnlySpan{byte})" />
    public void Append(string path, string content) => Append(path, Encoding.UTF8.GetBytes(content));

    /// <summary>The content of a file.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="FileNotFoundException">No file is there.</exception>
    public byte[] ReadFile(string path)
    {
        lock (_lock)
        {
            return _tree.Find(Native(path)) is { ItemType: ItemType.File } file
                ? [.. file.Content]
                : throw new FileNotFoundException($"No file at {path}.", path);
        }
    }

    /// <summary>Creates a directory and those above it; does nothing when it exists.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="IOException">Something that is no directory is there.</exception>
    public void CreateDirectory(string path) => MakeDirectory(path, appeared: null);

    /// <summary>Creates a symbolic link.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="target">The target, which need not exist.</param>
    /// <exception cref="IOException">Something is there already.</exception>
    public void CreateLink(string path, string target) => MakeLink(path, target, appeared: null);

    /// <summary>Removes a file, a link or a directory.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="recursive">Whether a directory is removed with everything in it.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    /// <exception cref="IOException">The directory is not empty and <paramref name="recursive"/> is false.</exception>
    public void Delete(string path, bool recursive = false) => Remove(path, recursive);

    /// <summary>
    /// Renames a file, a link or a directory with everything in it. All keep their identity; an existing file or link under the new name is replaced.
    /// </summary>
    /// <param name="oldPath">An absolute path.</param>
    /// <param name="newPath">The absolute path it has afterwards. Missing directories above it are made.</param>
    /// <exception cref="FileNotFoundException">Nothing is at <paramref name="oldPath"/>.</exception>
    /// <exception cref="IOException">A directory is in the way, or would have to be inside itself.</exception>
    public void Move(string oldPath, string newPath) => Rename(oldPath, newPath, appeared: null);

    /// <summary>Sets the permission bits that <see cref="FileStatus.Mode"/> reports. They refuse nothing: see <see cref="Deny"/>.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="mode">The bits.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public void SetMode(string path, UnixFileMode mode)
    {
        lock (_lock)
        {
            _tree.Existing(Absolute(path)).Mode = mode;
        }
    }

    /// <summary>Sets an extended attribute, as <c>setfattr</c> does; <see cref="GetExtendedAttributes(string, string, out FileStatus)"/> reports it.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="name">The name, as in <c>user.origin</c> or <c>security.capability</c>.</param>
    /// <param name="value">The value as the file system has it; null removes the attribute.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public void SetExtendedAttribute(string path, string name, byte[]? value)
    {
        ArgumentNullException.ThrowIfNull(name);
        lock (_lock)
        {
            var attributes = _tree.Existing(Absolute(path)).ExtendedAttributes;
            if (value is null)
            {
                attributes.Remove(name);
            }
            else
            {
                attributes[name] = [.. value];
            }
        }
    }

    /// <summary>Sets the time of the last write, as <c>touch -d</c> does. It may be the time of another write.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="time">The time.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public void SetLastWriteTime(string path, DateTimeOffset time)
    {
        lock (_lock)
        {
            _tree.Existing(Absolute(path)).LastWriteTicks = time.UtcTicks;
        }
    }

    /// <summary>
    /// Takes the permission to read an item: a file cannot be opened, a directory cannot be listed and nothing below it can be examined. As on
    /// Unix the item itself can still be seen. It moves with the item and ends with it.
    /// </summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public void Deny(string path)
    {
        lock (_lock)
        {
            _tree.SetDenied(Absolute(path), denied: true);
        }
    }

    /// <summary>Gives the permission back that <see cref="Deny"/> took.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public void Allow(string path)
    {
        lock (_lock)
        {
            _tree.SetDenied(Absolute(path), denied: false);
        }
    }

    /// <summary>Holds a file as Windows does for an exclusive writer: it opens as <see cref="ChecksumStatus.Locked"/>.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public void Lock(string path)
    {
        lock (_lock)
        {
            _tree.Existing(Absolute(path)).Locked = true;
        }
    }

    /// <summary>Ends a <see cref="Lock"/>.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public void Unlock(string path)
    {
        lock (_lock)
        {
            _tree.Existing(Absolute(path)).Locked = false;
        }
    }

    /// <summary>Sets who has a file open for writing, which a monitor asks (<see cref="AuditEvent.Writers"/>). A new file has <see cref="FileWriters.None"/>.</summary>
    /// <param name="path">An absolute path.</param>
    /// <param name="writers">The answer, until it is set again.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public void SetWriters(string path, FileWriters writers)
    {
        lock (_lock)
        {
            _tree.Existing(Absolute(path)).Writers = writers;
        }
    }

    /// <inheritdoc />
    public FileWriters GetWriters(string root, string relativePath)
    {
        var path = Below(root, relativePath);
        lock (_lock)
        {
            return _tree.OutcomeOf(path) == FileStatusOutcome.Found && _tree.Find(path) is { ItemType: ItemType.File, Denied: false } file ? file.Writers : FileWriters.Unknown;
        }
    }

    /// <summary>
    /// Makes a path and everything below it give an outcome, whatever is there: a file system that fails or was unmounted. It belongs to the
    /// path, not to the item, and lasts until it is set to <see cref="FileStatusOutcome.Found"/>, which means the real state again.
    /// </summary>
    /// <param name="path">An absolute path; nothing need be there.</param>
    /// <param name="outcome">The answer.</param>
    public void SetOutcome(string path, FileStatusOutcome outcome)
    {
        lock (_lock)
        {
            _tree.SetOutcome(Absolute(path), outcome);
        }
    }

    /// <inheritdoc />
    public FileStatus GetStatus(string root, string relativePath) => GetStatus(Below(root, relativePath));

    /// <summary>The metadata of an item, by its absolute path as a test writes it.</summary>
    /// <param name="path">An absolute path.</param>
    public FileStatus GetStatus(string path)
    {
        path = Native(path);
        lock (_lock)
        {
            return _tree.OutcomeOf(path) is var outcome and not FileStatusOutcome.Found
                ? new FileStatus { Outcome = outcome }
                : _tree.Find(path)?.Status ?? default;
        }
    }

    /// <inheritdoc />
    public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
    {
        var path = Below(root, relativePath);
        lock (_lock)
        {
            // The lock is reentrant: both answers are of the same item.
            link = GetStatus(path);
            return GetLinkTarget(path);
        }
    }

    /// <summary>Where a link points, by its absolute path as a test writes it; null when it is none.</summary>
    /// <param name="path">An absolute path.</param>
    public string? GetLinkTarget(string path)
    {
        path = Native(path);
        lock (_lock)
        {
            return _tree.OutcomeOf(path) == FileStatusOutcome.Found ? _tree.Find(path)?.LinkTarget : null;
        }
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, byte[]?>? GetExtendedAttributes(string root, string relativePath, out FileStatus item)
    {
        var path = Below(root, relativePath);
        lock (_lock)
        {
            item = GetStatus(path);
            return item.Outcome == FileStatusOutcome.Found ? new Dictionary<string, byte[]?>(_tree.Find(path)!.ExtendedAttributes) : null;
        }
    }

    /// <inheritdoc />
    public FileOpening Open(string root, string relativePath) => Open(Below(root, relativePath));

    /// <summary>Opens a file by its absolute path as a test writes it.</summary>
    /// <param name="path">An absolute path.</param>
    /// <returns>The open file, or the reason there is none.</returns>
    public FileOpening Open(string path)
    {
        OnOpen?.Invoke(path);
        path = Native(path);
        lock (_lock)
        {
            return _tree.OutcomeOf(path) switch
            {
                FileStatusOutcome.Missing => new FileOpening(ChecksumStatus.Vanished),
                FileStatusOutcome.Inaccessible => new FileOpening(ChecksumStatus.Unreadable, "Permission denied"),
                FileStatusOutcome.Failed => new FileOpening(ChecksumStatus.Unreadable, "Input/output error"),
                _ => _tree.Find(path) switch
                {
                    null => new FileOpening(ChecksumStatus.Vanished),
                    { ItemType: not ItemType.File } => new FileOpening(ChecksumStatus.NotApplicable),
                    { Denied: true } => new FileOpening(ChecksumStatus.Unreadable, "Permission denied"),
                    { Locked: true } => new FileOpening(ChecksumStatus.Locked, "The file is being used by another process"),
                    var file => new FileOpening(new OpenEntry(this, file, path)),
                },
            };
        }
    }

    /// <inheritdoc />
    public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => List(Below(root, relativeDirectory), found);

    /// <summary>Lists a directory by its absolute path as a test writes it.</summary>
    /// <param name="directory">An absolute path.</param>
    /// <param name="found">Given each name and its metadata.</param>
    /// <returns>Found when the listing is complete; otherwise why it is not.</returns>
    public FileStatusOutcome List(string directory, Action<string, FileStatus> found)
    {
        ArgumentNullException.ThrowIfNull(found);
        OnList?.Invoke(directory);
        directory = Native(directory);
        (string Name, FileStatus Status)[] listing;
        lock (_lock)
        {
            if (_tree.OutcomeOf(directory) is var outcome and not FileStatusOutcome.Found)
            {
                return outcome;
            }

            if (_tree.Find(directory) is not { Children: { } children } entry)
            {
                return FileStatusOutcome.Missing;
            }

            if (entry.Denied)
            {
                return FileStatusOutcome.Inaccessible;
            }

            listing = [.. children.Select(child => (Path.GetFileName(child.Path), _tree.ListedStatus(child)))];
        }

        foreach (var (name, status) in listing)
        {
            found(name, status);
        }

        return FileStatusOutcome.Found;
    }

    internal bool Write(string path, ReadOnlySpan<byte> content, bool append, List<string>? appeared)
    {
        path = Absolute(path);
        lock (_lock)
        {
            return _tree.Write(path, content, append, appeared);
        }
    }

    internal void MakeDirectory(string path, List<string>? appeared)
    {
        path = Absolute(path);
        lock (_lock)
        {
            _tree.MakeDirectory(path, appeared);
        }
    }

    internal void MakeLink(string path, string target, List<string>? appeared)
    {
        path = Absolute(path);
        lock (_lock)
        {
            _tree.MakeLink(path, target, appeared);
        }
    }

    internal List<string> Remove(string path, bool recursive)
    {
        path = Absolute(path);
        lock (_lock)
        {
            return _tree.Remove(path, recursive);
        }
    }

    internal void Rename(string oldPath, string newPath, List<string>? appeared)
    {
        (oldPath, newPath) = (Absolute(oldPath), Absolute(newPath));
        lock (_lock)
        {
            _tree.Rename(oldPath, newPath, appeared);
        }
    }

    private static string Below(string root, string relativePath)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(relativePath);
        return relativePath.Length == 0 ? root : Path.Join(root, relativePath);
    }

    private static string Native(string path)
    {
        ArgumentNullException.ThrowIfNull(path);

        // Neither call creates a string when there is nothing to change, so that looking at a file allocates nothing.
        path = Path.DirectorySeparatorChar == '/' ? path : path.Replace('/', Path.DirectorySeparatorChar);
        return Path.TrimEndingDirectorySeparator(path);
    }

    private static string Absolute(string path)
    {
        path = Native(path);
        return Path.IsPathRooted(path) ? path : throw new ArgumentException($"'{path}' is no absolute path.", nameof(path));
    }

    /// <summary>Holds the entry, not the path: a file that was renamed or deleted reads on, as it does on Unix.</summary>
    private sealed class OpenEntry(InMemoryFileView view, InMemoryEntry entry, string path) : OpenFile
    {
        // The tree counts the time on at each write, also where its clock stands still.
        public override bool StatesExactTimes => true;

        public override FileStatus GetStatus()
        {
            lock (view._lock)
            {
                return entry.Status;
            }
        }

        public override FileWriters GetWriters()
        {
            lock (view._lock)
            {
                return entry.Writers;
            }
        }

        public override int Read(Span<byte> buffer, long position)
        {
            view.OnRead?.Invoke(path);
            byte[] content;
            lock (view._lock)
            {
                content = entry.Content;
            }

            if (position >= content.Length)
            {
                return 0;
            }

            var rest = content.AsSpan((int)position);
            rest = rest[..Math.Min(rest.Length, buffer.Length)];
            rest.CopyTo(buffer);
            return rest.Length;
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
