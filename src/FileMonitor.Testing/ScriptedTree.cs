using System.Diagnostics.CodeAnalysis;
using System.Text;
using FileMonitor.Extending;

namespace FileMonitor.Testing;

/// <summary>
/// A root in memory together with its source: one call changes the tree and hints at the change as <see cref="FileSystemWatcher"/> does on
/// Linux. <c>FileSystemMonitor.Create(options => options.AddRoot(tree.Root), components => tree.Use(components))</c>, and in a container
/// <see cref="ScriptedTreeExtensions.UseScriptedTree"/>.
/// </summary>
/// <remarks>
/// Paths are relative to the root, with <c>/</c> between names. To change the tree without a word use <see cref="Files"/> or
/// <see cref="Silent"/>; to hint without a change use <see cref="Source"/>. May be used from several threads; hints of calls that overlap
/// come in any order, as they do from an operating system.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The monitor disposes the sources it asks for, and one it never asked for holds nothing.")]
public sealed class ScriptedTree
{
    private volatile ScriptedSource _source = new();
    private int _sourcesMade;

    /// <summary>A tree with an empty root.</summary>
    /// <param name="timeProvider">The clock of the file times, and of the monitor that uses the tree. Default: the system's.</param>
    /// <param name="root">The absolute path of the root; by default one that suits the operating system.</param>
    public ScriptedTree(TimeProvider? timeProvider = null, string? root = null)
    {
        Clock = timeProvider;
        Root = Path.TrimEndingDirectorySeparator(root ?? DefaultRoot);
        Files = new InMemoryFileView(timeProvider);
        Files.CreateDirectory(Root);
    }

    internal TimeProvider? Clock { get; }

    internal static string DefaultRoot { get; } = OperatingSystem.IsWindows() ? @"C:\scripted" : "/scripted";

    /// <summary>The absolute path of the root, for the options.</summary>
    public string Root { get; }

    /// <summary>The tree, to look at or to change without hints.</summary>
    public InMemoryFileView Files { get; }

    /// <summary>The source that the monitor requested last; before that, one that waits for it.</summary>
    public ScriptedSource Source => _source;

    /// <summary>How many sources the monitor has requested: more than one after a restart.</summary>
    public int SourcesMade => Volatile.Read(ref _sourcesMade);

    /// <summary>Called by each source while it starts (see <see cref="ScriptedSource.Starting"/>).</summary>
    public Func<Task>? Starting { get; set; }

    /// <summary>While true the tree changes without hints: changes no operating system reports, or hints that were lost.</summary>
    public bool Silent { get; set; }

    /// <summary>The actor of the hints from now on. Null (the default): the source does not know.</summary>
    public Actor? Actor { get; set; }

    /// <summary>Makes a monitor use this tree, its sources and, when the tree was given one, its clock.</summary>
    /// <param name="components">The components of the monitor.</param>
    /// <returns>The components, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="components"/> is null.</exception>
    public FileMonitorComponents Use(FileMonitorComponents components)
    {
        ArgumentNullException.ThrowIfNull(components);
        components.FileView = Files;
        components.Source = MakeSource;
        components.TimeProvider = Clock ?? components.TimeProvider;
        return components;
    }

    /// <summary>The absolute path of a relative one.</summary>
    /// <param name="relativePath">A path below the root; empty for the root itself.</param>
    public string PathOf(string relativePath) =>
        relativePath is "" ? Root : Path.Join(Root, relativePath.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Writes a whole file. Hints: Created if it is new, Modified if bytes were written.</summary>
    /// <param name="relativePath">A path below the root; missing directories are made and hinted at.</param>
    /// <param name="content">The bytes.</param>
    public void WriteFile(string relativePath, ReadOnlySpan<byte> content) => Write(relativePath, content, append: false);

    /// <summary>Writes a whole file, as UTF-8.</summary>
    /// <inheritdoc cref="WriteFile(string, ReadOnlySpan{byte})" />
    public void WriteFile(string relativePath, string content) => WriteFile(relativePath, Encoding.UTF8.GetBytes(content));

    /// <summary>Writes at the end of a file. Hints: Created if it is new, Modified if bytes were written.</summary>
    /// <inheritdoc cref="WriteFile(string, ReadOnlySpan{byte})" />
    public void Append(string relativePath, ReadOnlySpan<byte> content) => Write(relativePath, content, append: true);

    /// <summary>Writes at the end of a file, as UTF-8.</summary>
    /// <inheritdoc cref="WriteFile(string, ReadOnlySpan{byte})" />
    public void Append(string relativePath, string content) => Append(relativePath, Encoding.UTF8.GetBytes(content));

    /// <summary>A program opens a file for writing and keeps it open. Hint: Created if it is new.</summary>
    /// <param name="relativePath">A path below the root; missing directories are made and hinted at.</param>
    public void OpenForWriting(string relativePath)
    {
        if (Files.GetStatus(PathOf(relativePath)).Outcome == FileStatusOutcome.Missing)
        {
            WriteFile(relativePath, []);
        }

        Files.SetWriters(PathOf(relativePath), FileWriters.Open);
    }

    /// <summary>The program closes the file. Hint: Modified, as finished.</summary>
    /// <param name="relativePath">A path below the root.</param>
    /// <exception cref="FileNotFoundException">Nothing is there.</exception>
    public void CloseWriter(string relativePath)
    {
        Files.SetWriters(PathOf(relativePath), FileWriters.None);
        Hint(FileChangeKind.Modified, relativePath, isFinished: true);
    }

    /// <summary>Makes a directory and those above it. Hints: Created, for each that was missing.</summary>
    /// <param name="relativePath">A path below the root.</param>
    public void CreateDirectory(string relativePath)
    {
        var appeared = new List<string>();
        Files.MakeDirectory(PathOf(relativePath), appeared);
        HintCreated(appeared);
    }

    /// <summary>Makes a symbolic link. Hint: Created.</summary>
    /// <param name="relativePath">A path below the root.</param>
    /// <param name="target">Where it points.</param>
    public void CreateLink(string relativePath, string target)
    {
        var appeared = new List<string>();
        Files.MakeLink(PathOf(relativePath), target, appeared);
        HintCreated(appeared);
        Hint(FileChangeKind.Created, relativePath);
    }

    /// <summary>Removes an item. Hints: Deleted for each, children first. No hint for the root itself: no watcher reports it.</summary>
    /// <param name="relativePath">A path below the root; empty for the root itself.</param>
    /// <param name="recursive">Whether a directory goes with everything in it.</param>
    public void Delete(string relativePath, bool recursive = false)
    {
        foreach (var gone in Files.Remove(PathOf(relativePath), recursive))
        {
            HintBelowRoot(FileChangeKind.Deleted, gone);
        }
    }

    /// <summary>Renames an item within the root. Hint: Renamed.</summary>
    /// <param name="oldRelativePath">A path below the root.</param>
    /// <param name="newRelativePath">The path it has afterwards.</param>
    public void Move(string oldRelativePath, string newRelativePath)
    {
        var appeared = new List<string>();
        Files.Rename(PathOf(oldRelativePath), PathOf(newRelativePath), appeared);
        HintCreated(appeared);
        Hint(FileChangeKind.Renamed, newRelativePath, oldRelativePath);
    }

    /// <summary>Sets the permission bits. Hint: Modified.</summary>
    /// <param name="relativePath">A path below the root.</param>
    /// <param name="mode">The bits.</param>
    public void SetMode(string relativePath, UnixFileMode mode)
    {
        Files.SetMode(PathOf(relativePath), mode);
        Hint(FileChangeKind.Modified, relativePath);
    }

    /// <summary>Sets an extended attribute, or removes it. Hint: Modified.</summary>
    /// <param name="relativePath">A path below the root.</param>
    /// <param name="name">The name, as in <c>user.origin</c> or <c>security.capability</c>.</param>
    /// <param name="value">The value as the file system has it; null removes the attribute.</param>
    public void SetExtendedAttribute(string relativePath, string name, byte[]? value)
    {
        Files.SetExtendedAttribute(PathOf(relativePath), name, value);
        Hint(FileChangeKind.Modified, relativePath);
    }

    /// <summary>Sets the time of the last write. Hint: Modified.</summary>
    /// <param name="relativePath">A path below the root.</param>
    /// <param name="time">The time.</param>
    public void SetLastWriteTime(string relativePath, DateTimeOffset time)
    {
        Files.SetLastWriteTime(PathOf(relativePath), time);
        Hint(FileChangeKind.Modified, relativePath);
    }

    internal ScriptedSource MakeSource()
    {
        // The first is the one that a test may already hold; a source is started only once, so each restart gets its own.
        var source = Interlocked.Increment(ref _sourcesMade) == 1 ? _source : new ScriptedSource();
        source.Starting ??= () => Starting?.Invoke() ?? Task.CompletedTask;
        _source = source;
        return source;
    }

    private void Write(string relativePath, ReadOnlySpan<byte> content, bool append)
    {
        var appeared = new List<string>();
        var isNew = Files.Write(PathOf(relativePath), content, append, appeared);
        HintCreated(appeared);
        if (isNew)
        {
            Hint(FileChangeKind.Created, relativePath);
        }

        if (!isNew || content.Length > 0)
        {
            Hint(FileChangeKind.Modified, relativePath);
        }
    }

    private void HintCreated(List<string> appeared)
    {
        foreach (var path in appeared)
        {
            HintBelowRoot(FileChangeKind.Created, path);
        }
    }

    private void Hint(FileChangeKind kind, string relativePath, string? oldRelativePath = null, bool isFinished = false)
    {
        if (!Silent)
        {
            Source.HintIfListening(Root, root => new(kind, root, relativePath, oldRelativePath) { Actor = Actor, IsFinished = isFinished });
        }
    }

    private void HintBelowRoot(FileChangeKind kind, string path)
    {
        if (path.Length > Root.Length)
        {
            Hint(kind, path[(Root.Length + 1)..].Replace(Path.DirectorySeparatorChar, '/'));
        }
    }
}
