using FileMonitor.Extending;

namespace FileMonitor.Settling;

/// <summary>
/// Remembers the latest renames of directories, to translate paths of hints that came before. Keeps a few; after a forgotten one, the comparison
/// that follows each rename of a directory finds what changed. Owner: the pump.
/// </summary>
internal sealed class MovedDirectories
{
    private const int Most = 256;
    private const int MaxSteps = 32;

    // In the order of their events; and by the name that each directory left.
    private readonly Queue<(MonitoredRoot Root, string From)> _moves = new();
    private readonly Dictionary<MonitoredRoot, Dictionary<string, List<Move>>> _byName = [];
    private long _latestRename;

    /// <summary>Adds a rename; <paramref name="number"/> is the number of the latest hint at that time.</summary>
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

        moves.Add(new Move(to, number, ++_latestRename));
    }

    /// <summary>The current path of an item, from its path in the hint with a number.</summary>
    public string Follow(MonitoredRoot root, string path, long number)
    {
        var renameNumber = 0L;
        for (var step = 0; step < MaxSteps && _moves.Count > 0 && FindAbove(root, path, number, renameNumber) is { } found; step++)
        {
            path = found.Move.To + path[found.Length..];
            renameNumber = found.Move.RenameNumber;
        }

        return path;
    }

    /// <summary>The first rename of a directory above a path since a hint.</summary>
    private (Move Move, int Length)? FindAbove(MonitoredRoot root, string path, long number, long renameNumber)
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
                if (move.Number >= number && move.RenameNumber > renameNumber && !(first?.Move.RenameNumber < move.RenameNumber))
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

    /// <summary>A rename: the new path, the number of the latest hint before it, and its own number among the renames.</summary>
    private readonly record struct Move(string To, long Number, long RenameNumber);
}
