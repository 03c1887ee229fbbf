using System.Globalization;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// A tree in few names that is changed at random on the disk, and who every item is: each has a number of its own for as long as it exists,
/// whatever it is called. One thread; nobody else writes there.
/// </summary>
/// <param name="root">The tree.</param>
/// <param name="hasDirectories">Whether directories are made, too, and renamed, exchanged and put into each other.</param>
internal sealed class NamedItems(string root, bool hasDirectories)
{
    // Few and in each other, so that each is used again and again, by files and by directories.
    private static readonly string[] Names = ["a", "b", "c", "a/a", "a/b", "b/a", "b/b", "a/b/a", "b/a/b"];

    private readonly int _kinds = hasDirectories ? 13 : 10;
    private readonly Dictionary<string, ulong> _items = [];
    private readonly HashSet<ulong> _changed = [];
    private readonly HashSet<ulong> _linked = [];
    private ulong _last;

    /// <summary>Who has which path. A file that ever had two names is left out: each of its names is a file of its own to a monitor.</summary>
    public Dictionary<string, ulong> Now => _items.Where(item => !_linked.Contains(item.Value)).ToDictionary();

    public HashSet<ulong> There => [.. Now.Values];

    /// <summary>What was done since <see cref="Begin"/>; what the disk refused is left out.</summary>
    public List<string> Done { get; } = [];

    /// <summary>From here on changes of content count.</summary>
    public Dictionary<string, ulong> Begin()
    {
        _changed.Clear();
        Done.Clear();
        return Now;
    }

    public bool HasChanged(ulong item) => _changed.Contains(item);

    /// <summary>Does one thing, or as much of it as the disk lets it.</summary>
    public void Step(Random random)
    {
        var (one, other) = (Names[random.Next(Names.Length)], Names[random.Next(Names.Length)]);
        try
        {
            Act(random.Next(_kinds), one, other);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // As for any program: what is there stays as it is.
        }
    }

    private void Act(int what, string one, string other)
    {
        switch (what)
        {
            case 0 or 1:
                Rename(one, other);
                break;
            case 2:
                Exchange(one, other);
                break;
            case 3:
                Rename(one, "t");
                Rename(other, one);
                Rename("t", other);
                break;
            case 4:
                Remove(one);
                break;
            case 5:
                MakeLink(one);
                break;
            case 6:
                HardLinkTo(one, other);
                break;
            case 10:
                Rename(one, other);
                MakeDirectory(one);
                Write(one + "/a");
                break;
            case 11:
                Rename(one, "t");
                MakeDirectory(one);
                Rename("t", other);
                break;
            case 12:
                MakeDirectory(one);
                break;
            default:
                Write(one);
                break;
        }
    }

    private void Write(string path)
    {
        var isNew = !_items.TryGetValue(path, out var item);
        if (!isNew && (_linked.Contains(item) || new FileInfo(PathOf(path)).LinkTarget is not null))
        {
            // No source hints at the other names of a file that is written (docs/behaviour-cases.md, 48).
            throw new IOException("A link is not written through.");
        }

        File.WriteAllText(PathOf(path), string.Create(CultureInfo.InvariantCulture, $"{++_last}"));
        if (isNew)
        {
            _items[path] = ++_last;
        }
        else
        {
            _changed.Add(item);
        }

        Done.Add($"write {path}");
    }

    private void MakeDirectory(string path)
    {
        if (Path.Exists(PathOf(path)) || new FileInfo(PathOf(path)).LinkTarget is not null)
        {
            throw new IOException("It exists.");
        }

        Directory.CreateDirectory(PathOf(path));
        for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
        {
            _items.TryAdd(path[..end], ++_last);
        }

        _items[path] = ++_last;
        Done.Add($"mkdir -p {path}");
    }

    private void MakeLink(string path)
    {
        File.CreateSymbolicLink(PathOf(path), "nowhere");
        _items[path] = ++_last;
        Done.Add($"ln -s nowhere {path}");
    }

    private void HardLinkTo(string existing, string path)
    {
        HardLink.Create(PathOf(existing), PathOf(path));
        _items[path] = _items[existing];
        _linked.Add(_items[existing]);
        Done.Add($"ln {existing} {path}");
    }

    private void Remove(string path)
    {
        if (!_items.ContainsKey(path))
        {
            throw new IOException("Nothing is there.");
        }

        if (Directory.Exists(PathOf(path)) && new FileInfo(PathOf(path)).LinkTarget is null)
        {
            Directory.Delete(PathOf(path), recursive: true);
        }
        else
        {
            File.Delete(PathOf(path));
        }

        Below(path).ForEach(gone => _items.Remove(gone));
        Done.Add($"rm -r {path}");
    }

    private void Rename(string from, string to)
    {
        UnixCalls.Rename(PathOf(from), PathOf(to));
        if (from != to && !(_items.TryGetValue(to, out var same) && same == _items[from]))
        {
            // Two names of one file: the system leaves both.
            Below(to).ForEach(replaced => _items.Remove(replaced));
            Move(from, to);
        }

        Done.Add($"mv -T {from} {to}");
    }

    private void Exchange(string one, string other)
    {
        UnixCalls.ExchangeNames(PathOf(one), PathOf(other));
        if (one != other)
        {
            Move(one, "?");
            Move(other, one);
            Move("?", other);
        }

        Done.Add($"exchange {one} {other}");
    }

    private void Move(string from, string to)
    {
        foreach (var path in Below(from))
        {
            _items.Remove(path, out var item);
            _items[to + path[from.Length..]] = item;
        }
    }

    private List<string> Below(string path) => [.. _items.Keys.Where(one => one == path || one.StartsWith(path + "/", StringComparison.Ordinal))];

    private string PathOf(string path) => Path.Join(root, path);
}
