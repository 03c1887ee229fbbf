namespace FileMonitor.Pipeline;

/// <summary>
/// Which directories were told to be renamed lately: what was hinted at in one before that is in it still, wherever it is now. The latest few
/// only; what is forgotten is found when the directory is compared, as each is that was renamed. Owner: the pump.
/// </summary>
internal sealed class MovedDirectories
{
    private const int Most = 256;

    private readonly Queue<(MonitoredRoot Root, string From, string To, long Number)> _moves = new();

    /// <summary>A directory was told to be renamed after so many hints.</summary>
    public void Add(MonitoredRoot root, string from, string to, long number)
    {
        if (_moves.Count == Most)
        {
            _moves.Dequeue();
        }

        _moves.Enqueue((root, from, to, number));
    }

    /// <summary>The path that an item has by now that was hinted at by another one, in a hint of that number.</summary>
    public string Follow(MonitoredRoot root, string path, long number)
    {
        foreach (var move in _moves)
        {
            if (move.Number >= number && move.Root == root && path.Length > move.From.Length && PathText.IsAtOrBelow(path, move.From))
            {
                path = move.To + path[move.From.Length..];
            }
        }

        return path;
    }
}
