namespace FileMonitor.Benchmarks.Sources;

/// <summary>
/// What somebody knows who applies every line in order to the tree that was there at the start. Ours are taken at their word. A raw watcher's
/// are taken kindly: any line about a path says that it is there, and that the directories above it are; and what was told below a directory
/// before it came there (a look into it is ahead of the queue) stays told.
/// </summary>
internal sealed class LineReplay
{
    private readonly Item _top = new();
    private readonly Dictionary<string, Item?> _moving = [];
    private readonly bool _isKind;

    public LineReplay(string directory, bool isKind)
    {
        _isKind = isKind;
        Seed(_top, new DirectoryInfo(directory));
    }

    /// <summary>Creations of something that is there already. Of interest for ours.</summary>
    public long Twice { get; private set; }

    /// <summary>Lines about something that is not there, or below a directory that is not. Of interest for ours.</summary>
    public long Senseless { get; private set; }

    public void Apply(in WatcherLine line)
    {
        switch (line.Kind)
        {
            case "created":
                Twice += Find(line.Path) is { IsKnown: true } ? 1 : 0;
                Tell(line);
                break;
            case "modified":
                Senseless += Find(line.Path) is { IsKnown: true } ? 0 : 1;
                Tell(line);
                break;
            case "found" or "closed":
                Tell(line);
                break;
            case "attributes":
                Find(line.Path)?.Tell();
                break;
            case "deleted":
                Senseless += Take(line.Path) is null ? 1 : 0;
                break;
            case "renamed":
                Put(line, Take(line.Detail));
                break;
            case "moved_from":
                _moving[line.Detail] = Take(line.Path);
                break;
            case "moved_to":
                _moving.Remove(line.Detail, out var moved);
                Put(line, moved);
                break;
            default:
                break;
        }
    }

    /// <summary>Both sides. Nobody writes meanwhile.</summary>
    public ReplayOutcome CompareWith(string directory)
    {
        var outcome = new ReplayOutcome();
        Compare(_top, new DirectoryInfo(directory), outcome);
        return outcome;
    }

    private static void Seed(Item item, DirectoryInfo directory)
    {
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            var child = item.Below(entry.Name);
            child.IsKnown = true;
            if (entry is DirectoryInfo below)
            {
                Seed(child, below);
            }
            else
            {
                (child.Size, child.WrittenAtStart) = (((FileInfo)entry).Length, entry.LastWriteTimeUtc);
            }
        }
    }

    private static void Compare(Item? known, DirectoryInfo directory, ReplayOutcome outcome)
    {
        var found = 0;
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            var item = known?.Children?.GetValueOrDefault(entry.Name);
            found += item is null ? 0 : 1;
            if (entry is DirectoryInfo below)
            {
                outcome.MissedDirectories += item is null ? 1 : 0;
                Compare(item, below, outcome);
                continue;
            }

            var file = (FileInfo)entry;
            outcome.Files++;
            outcome.MissedFiles += item is null || !item.IsTold && (file.LastWriteTimeUtc != item.WrittenAtStart || file.Length != item.Size) ? 1 : 0;
            outcome.WrongSizes += item is { IsTold: true, Size: >= 0 } && item.Size != file.Length ? 1 : 0;
        }

        if (known?.Children is { } children && children.Count > found)
        {
            outcome.Ghosts += children.Where(child => !Path.Exists(Path.Join(directory.FullName, child.Key))).Sum(child => child.Value.Count);
        }
    }

    private void Tell(in WatcherLine line)
    {
        if (Parent(line.Path, out var name, make: _isKind) is { } parent)
        {
            parent.Below(name).Tell(line.Size);
        }
        else
        {
            Senseless++;
        }
    }

    private Item? Find(string path) => Parent(path, out var name, make: false)?.Children?.GetValueOrDefault(name);

    private Item? Take(string path) =>
        Parent(path, out var name, make: false)?.Children is { } children && children.Remove(name, out var item) ? item : null;

    private void Put(in WatcherLine line, Item? moved)
    {
        Senseless += moved is null ? 1 : 0;
        moved ??= new Item();
        moved.Tell(line.Size);
        if (Parent(line.Path, out var name, make: _isKind) is not { } parent)
        {
            Senseless++;
            return;
        }

        if (_isKind && parent.Children?.GetValueOrDefault(name) is { Children: not null } ahead)
        {
            moved.Add(ahead);
        }

        parent.Put(name, moved);
    }

    private Item? Parent(string path, out string name, bool make)
    {
        var names = path.Split('/');
        name = names[^1];
        var item = _top;
        foreach (var directory in names.AsSpan(..^1))
        {
            item = make ? item!.Below(directory) : item?.Children?.GetValueOrDefault(directory);
        }

        return item;
    }

    private sealed class Item
    {
        public Dictionary<string, Item>? Children { get; private set; }

        /// <summary>Whether it was there at the start or a line was about it, not only about something below.</summary>
        public bool IsKnown { get; set; }

        /// <summary>Whether a line was about it.</summary>
        public bool IsTold { get; private set; }

        public long Size { get; set; } = -1;

        public DateTime WrittenAtStart { get; set; }

        public int Count => 1 + (Children?.Values.Sum(child => child.Count) ?? 0);

        public Item Below(string name)
        {
            if (Children?.GetValueOrDefault(name) is not { } item)
            {
                Put(name, item = new Item());
            }

            return item;
        }

        public void Put(string name, Item item) => (Children ??= [])[name] = item;

        /// <summary>What another knows that this does not, and what it knows better.</summary>
        public void Add(Item other)
        {
            foreach (var (name, theirs) in other.Children ?? [])
            {
                if (Children?.GetValueOrDefault(name) is { } mine)
                {
                    mine.Add(theirs);
                    if (theirs.IsTold)
                    {
                        mine.Tell(theirs.Size);
                    }
                }
                else
                {
                    Put(name, theirs);
                }
            }
        }

        public void Tell() => IsKnown = IsTold = true;

        /// <summary>A line about new content without its size makes the size unknown.</summary>
        public void Tell(long size)
        {
            Tell();
            Size = size;
        }
    }
}

/// <summary>What the lines add up to, beside the disk.</summary>
internal sealed class ReplayOutcome
{
    public long Files { get; set; }

    /// <summary>Files that are there, new or other than at the start, about which (or whose way there) no line was.</summary>
    public long MissedFiles { get; set; }

    public long MissedDirectories { get; set; }

    /// <summary>Paths that the lines leave standing and that are gone.</summary>
    public long Ghosts { get; set; }

    /// <summary>Files whose last told size is not theirs.</summary>
    public long WrongSizes { get; set; }
}
