namespace FileMonitor.Benchmarks.Sources;

/// <summary>
/// Creations, appends, renames, renames over, deletions, new directories and renamed directories, drawn by a seed: the same for every
/// watcher. Knows the tree it makes, so that no operation fails. One thread.
/// </summary>
internal sealed class MixedOperations
{
    private const int MostDepth = 6;

    private readonly Random _random = new(20_260);
    private readonly List<Item> _directories = [];
    private readonly List<Item> _files = [];
    private readonly byte[] _content = new byte[2_000];
    private int _names;

    public MixedOperations(string root) => _directories.Add(new Item(null, root));

    /// <summary>What is there before the watcher starts, or, where it is there already, only the memory of it.</summary>
    public void Begin(bool make)
    {
        for (var i = 0; i < 100; i++)
        {
            var directory = New(_directories, _directories[0]);
            if (make)
            {
                Directory.CreateDirectory(directory.Path);
            }

            for (var j = 0; j < 20; j++)
            {
                var file = New(_files, directory);
                if (make)
                {
                    Write(file.Path, FileMode.CreateNew);
                }
            }
        }
    }

    public void Do()
    {
        switch (_random.Next(100))
        {
            case < 30:
            case var _ when _files.Count < 2:
                Write(New(_files, Any(_directories)).Path, FileMode.CreateNew);
                break;
            case < 55:
                Write(Any(_files).Path, FileMode.Append);
                break;
            case < 67:
                Rename(Any(_files));
                break;
            case < 75:
                RenameOver(Any(_files), Any(_files));
                break;
            case < 90:
                Delete(Any(_files));
                break;
            case < 95:
                MakeDirectory(Any(_directories));
                break;
            default:
                Move(Any(_directories), Any(_directories));
                break;
        }
    }

    private void Rename(Item file)
    {
        var before = file.Path;
        (file.Parent, file.Name) = (Any(_directories), StormPlace.Name("r", _names++));
        File.Move(before, file.Path);
    }

    private void RenameOver(Item file, Item replaced)
    {
        if (file != replaced)
        {
            File.Move(file.Path, replaced.Path, overwrite: true);
            _files.Remove(file);
        }
    }

    private void Delete(Item file)
    {
        File.Delete(file.Path);
        _files.Remove(file);
    }

    private void MakeDirectory(Item parent)
    {
        if (parent.Depth < MostDepth)
        {
            Directory.CreateDirectory(New(_directories, parent).Path);
        }
    }

    private void Move(Item directory, Item parent)
    {
        if (directory.Parent is null || parent.Depth >= MostDepth || parent.IsWithin(directory))
        {
            return;
        }

        var before = directory.Path;
        (directory.Parent, directory.Name) = (parent, StormPlace.Name("m", _names++));
        Directory.Move(before, directory.Path);
    }

    private void Write(string path, FileMode mode)
    {
        _random.NextBytes(_content.AsSpan(0, 16));
        using var file = new FileStream(path, mode, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(_content, 0, 1 + _random.Next(_content.Length - 1));
    }

    private Item New(List<Item> list, Item parent)
    {
        var item = new Item(parent, StormPlace.Name(list == _files ? "f" : "d", _names++));
        list.Add(item);
        return item;
    }

    private Item Any(List<Item> list) => list[_random.Next(list.Count)];

    private sealed class Item(Item? parent, string name)
    {
        public Item? Parent { get; set; } = parent;

        public string Name { get; set; } = name;

        public int Depth => Parent is null ? 0 : Parent.Depth + 1;

        public string Path => Parent is null ? Name : $"{Parent.Path}/{Name}";

        public bool IsWithin(Item other) => this == other || Parent?.IsWithin(other) == true;
    }
}
