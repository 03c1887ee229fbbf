using FileMonitor.Extending;

namespace FileMonitor.Testing;

/// <summary>
/// The items of an <see cref="InMemoryFileView"/> and their changes. Owned by the view: every member is called under its lock, with paths in the
/// form of the operating system, absolute and without a separator at the end.
/// </summary>
internal sealed class InMemoryTree(TimeProvider timeProvider)
{
    private const UnixFileMode FileMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode DirectoryMode =
        FileMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // Names are compared as file systems of this operating system usually do, and as the monitor does.
    private static readonly StringComparison Comparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private readonly Dictionary<string, InMemoryEntry> _entries = new(StringComparer.FromComparison(Comparison));
    private readonly Dictionary<string, FileStatusOutcome> _outcomes = new(StringComparer.FromComparison(Comparison));
    private readonly SortedSet<ulong> _freeNumbers = [];
    private long _lastTicks;
    private ulong _lastFileNumber;
    private int _denied;

    public bool ReusesFileNumbers { get; set; }

    public bool HasBirthTimes { get; set; } = true;

    public InMemoryEntry? Find(string path) => _entries.GetValueOrDefault(path);

    public InMemoryEntry Existing(string path) => Find(path) ?? throw new FileNotFoundException($"Nothing at {path}.", path);

    /// <summary>Found, unless a fault of the path or of a directory above it hides the item.</summary>
    public FileStatusOutcome OutcomeOf(string path)
    {
        if (_outcomes.Count == 0 && _denied == 0)
        {
            return FileStatusOutcome.Found;
        }

        if (_outcomes.TryGetValue(path, out var own))
        {
            return own;
        }

        var outcomes = _outcomes.GetAlternateLookup<ReadOnlySpan<char>>();
        var entries = _entries.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var above = Path.GetDirectoryName(path.AsSpan()); !above.IsEmpty; above = Path.GetDirectoryName(above))
        {
            if (outcomes.TryGetValue(above, out var outcome))
            {
                return outcome;
            }

            if (entries.TryGetValue(above, out var entry) && entry.Denied)
            {
                return FileStatusOutcome.Inaccessible;
            }
        }

        return FileStatusOutcome.Found;
    }

    /// <summary>The status of an entry in a listing: a fault of its own path, or its status.</summary>
    public FileStatus ListedStatus(InMemoryEntry entry) =>
        _outcomes.TryGetValue(entry.Path, out var outcome) ? new FileStatus { Outcome = outcome } : entry.Status;

    public void SetOutcome(string path, FileStatusOutcome outcome)
    {
        if (outcome == FileStatusOutcome.Found)
        {
            _outcomes.Remove(path);
        }
        else
        {
            _outcomes[path] = outcome;
        }
    }

    public void SetDenied(string path, bool denied)
    {
        var entry = Existing(path);
        _denied += (denied ? 1 : 0) - (entry.Denied ? 1 : 0);
        entry.Denied = denied;
    }

    /// <summary>Writes a file and returns whether it is new; adds created directories to <paramref name="appeared"/>.</summary>
    public bool Write(string path, ReadOnlySpan<byte> content, bool append, List<string>? appeared)
    {
        var isNew = !_entries.TryGetValue(path, out var file);
        if (file is { ItemType: not ItemType.File })
        {
            throw new IOException($"{path} is a {file.ItemType}, not a file.");
        }

        file ??= Add(path, ItemType.File, FileMode, appeared);

        // A new array each time, never the old one changed: a reader that holds it outside the lock sees one state of the file.
        file.Content = append ? [.. file.Content, .. content] : content.ToArray();
        file.LastWriteTicks = NextTicks();
        return isNew;
    }

    public InMemoryEntry MakeDirectory(string path, List<string>? appeared) => Find(path) switch
    {
        null => Add(path, ItemType.Directory, DirectoryMode, appeared),
        { Children: null } other => throw new IOException($"{path} is a {other.ItemType}, not a directory."),
        var directory => directory,
    };

    public void MakeLink(string path, string target, List<string>? appeared)
    {
        if (_entries.ContainsKey(path))
        {
            throw new IOException($"{path} exists.");
        }

        Add(path, ItemType.SymbolicLink, FileMode, appeared).LinkTarget = target;
    }

    /// <summary>Removes an item and returns what was removed, in an order that a file system could use: children before their directory.</summary>
    public List<string> Remove(string path, bool recursive)
    {
        var top = Existing(path);
        if (top.Parent is null)
        {
            throw new IOException($"{path} is the top of the file system.");
        }

        if (!recursive && top.Children is { Count: > 0 })
        {
            throw new IOException($"{path} is not empty; delete it with recursive: true.");
        }

        var gone = new List<string>();
        Forget(top, gone);
        Detach(top);
        return gone;
    }

    public void Rename(string oldPath, string newPath, List<string>? appeared)
    {
        var entry = Existing(oldPath);
        if (oldPath == newPath)
        {
            return;
        }

        if (entry.Parent is null || newPath.StartsWith(oldPath + Path.DirectorySeparatorChar, Comparison))
        {
            throw new IOException($"{oldPath} cannot be moved into itself.");
        }

        // Another case of its own name replaces nothing.
        var replaced = Find(newPath) is { } there && there != entry ? there : null;
        if (replaced is not null && (replaced.Children is not null || entry.Children is not null))
        {
            throw new IOException($"{newPath} exists, and a directory neither replaces nor is replaced.");
        }

        // Throws what is left to throw, before anything has changed.
        var parent = MakeDirectory(Path.GetDirectoryName(newPath)!, appeared);
        if (replaced is not null)
        {
            Forget(replaced, gone: null);
            Detach(replaced);
        }

        Detach(entry);
        Rekey(entry, newPath);
        Attach(entry, parent);
    }

    private InMemoryEntry Add(string path, ItemType itemType, UnixFileMode mode, List<string>? appeared)
    {
        var parent = Path.GetDirectoryName(path) is { Length: > 0 } above ? MakeDirectory(above, appeared) : null;
        var entry = new InMemoryEntry(path, itemType, NextNumber()) { Mode = mode, LastWriteTicks = NextTicks() };
        entry.BirthTicks = HasBirthTimes ? entry.LastWriteTicks : 0;
        _entries.Add(path, entry);
        if (itemType == ItemType.Directory)
        {
            appeared?.Add(path);
        }

        if (parent is not null)
        {
            Attach(entry, parent);
        }

        return entry;
    }

    private void Attach(InMemoryEntry entry, InMemoryEntry parent)
    {
        entry.Parent = parent;
        parent.Children!.Add(entry);
        parent.LastWriteTicks = NextTicks();
    }

    private void Detach(InMemoryEntry entry)
    {
        entry.Parent!.Children!.Remove(entry);
        entry.Parent.LastWriteTicks = NextTicks();
    }

    private void Forget(InMemoryEntry entry, List<string>? gone)
    {
        foreach (var child in entry.Children ?? [])
        {
            Forget(child, gone);
        }

        _denied -= entry.Denied ? 1 : 0;
        entry.Gone = true;
        _freeNumbers.Add(entry.FileNumber);
        _entries.Remove(entry.Path);
        gone?.Add(entry.Path);
    }

    private void Rekey(InMemoryEntry entry, string path)
    {
        _entries.Remove(entry.Path);
        entry.Path = path;
        _entries.Add(path, entry);
        foreach (var child in entry.Children ?? [])
        {
            Rekey(child, Path.Join(path, Path.GetFileName(child.Path)));
        }
    }

    // The lowest free number, as on ext4.
    private ulong NextNumber()
    {
        if (!ReusesFileNumbers || _freeNumbers.Count == 0)
        {
            return ++_lastFileNumber;
        }

        var number = _freeNumbers.Min;
        _freeNumbers.Remove(number);
        return number;
    }

    private long NextTicks() => _lastTicks = Math.Max(_lastTicks + 1, timeProvider.GetUtcNow().UtcTicks);
}

/// <summary>An item of an <see cref="InMemoryTree"/>. Owned by the same lock.</summary>
internal sealed class InMemoryEntry(string path, ItemType itemType, ulong fileNumber)
{
    public string Path { get; set; } = path;

    public ItemType ItemType { get; } = itemType;

    public ulong FileNumber { get; } = fileNumber;

    public InMemoryEntry? Parent { get; set; }

    public HashSet<InMemoryEntry>? Children { get; } = itemType == ItemType.Directory ? [] : null;

    public byte[] Content { get; set; } = [];

    public string? LinkTarget { get; set; }

    public long LastWriteTicks { get; set; }

    public long BirthTicks { get; set; }

    public UnixFileMode Mode { get; set; }

    public Dictionary<string, byte[]?> ExtendedAttributes { get; } = [];

    public bool Denied { get; set; }

    public bool Locked { get; set; }

    public FileWriters Writers { get; set; } = FileWriters.None;

    public bool Gone { get; set; }

    public FileStatus Status => new()
    {
        Outcome = FileStatusOutcome.Found,
        ItemType = ItemType,
        Size = Content.Length,
        LastWriteTicks = LastWriteTicks,
        BirthTicks = BirthTicks,
        Device = 1,
        FileNumber = FileNumber,
        Mode = (int)Mode,
        HardLinkCount = Gone ? 0u : 1u,
    };
}
