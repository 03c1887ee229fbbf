using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>
/// Which directories were told to be renamed lately: what was hinted at in one before that is in it still, wherever it is now. The latest few
/// only; what is forgotten is found when the directory is compared, as each is that was renamed. Owner: the pump.
/// </summary>
internal sealed class MovedDirectories
{
    private const int Most = 256;
    private const int MaxSteps = 32;

    // In the order in which they were told, and each directory's by the name that it left.
    private readonly Queue<(MonitoredRoot Root, string From)> _moves = new();
    private readonly Dictionary<MonitoredRoot, Dictionary<string, List<Move>>> _byName = [];
    private long _told;

    /// <summary>A directory was told to be renamed after so many hints.</summary>
    public void Add(MonitoredRoot root, string from, string to, long number)
    {
        if (_moves.Count == Most)
        {
            ForgetOldest();
        }

        _moves.Enqueue((root, from));
        if (!_byName.TryGetValue(root, out var names))
        {
            _byName.Add(root, names = []);
        }

        if (!names.TryGetValue(from, out var moves))
        {
            names.Add(from, moves = []);
        }

        moves.Add(new Move(to, number, ++_told));
    }

    /// <summary>The path that an item has by now that was hinted at by another one, in a hint of that number.</summary>
    public string Follow(MonitoredRoot root, string path, long number)
    {
        var told = 0L;
        for (var step = 0; step < MaxSteps && _moves.Count > 0 && FindAbove(root, path, number, told) is { } found; step++)
        {
            path = found.Move.To + path[found.Length..];
            told = found.Move.Told;
        }

        return path;
    }

    /// <summary>The first rename of a directory above a path that was told after so many hints.</summary>
    private (Move Move, int Length)? FindAbove(MonitoredRoot root, string path, long number, long told)
    {
        if (!_byName.TryGetValue(root, out var names))
        {
            return null;
        }

        (Move Move, int Length)? first = null;
        var lookup = names.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
        {
            if (!lookup.TryGetValue(path.AsSpan(0, end), out var moves))
            {
                continue;
            }

            foreach (var move in moves)
            {
                if (move.Number >= number && move.Told > told && !(first?.Move.Told < move.Told))
                {
                    first = (move, end);
                }
            }
        }

        return first;
    }

    private void ForgetOldest()
    {
        var (root, from) = _moves.Dequeue();
        var moves = _byName[root][from];
        moves.RemoveAt(0);
        if (moves.Count == 0)
        {
            _byName[root].Remove(from);
        }
    }

    /// <summary>A rename: to which name, after how many hints, and its number among those that were told.</summary>
    private readonly record struct Move(string To, long Number, long Told);
}
