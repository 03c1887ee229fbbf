namespace FileMonitor.Agent.Search;

/// <summary>A directory, and how often something changed in it.</summary>
/// <param name="Path">The directory.</param>
/// <param name="Count">At most so often.</param>
/// <param name="AtLeast">At least so often: the same, unless there were more directories than are counted at once.</param>
internal sealed record DirectoryCount(string Path, long Count, long AtLeast);

/// <summary>
/// Finds the directories in which most changed, with room for so many: the Space-Saving summary of Metwally, Agrawal and El Abbadi. When there is no room, the directory with the smallest count is
/// given up, and the new one takes over its count, which then may be too high by that much. A directory that has more than its share of the events (all of them divided by the room) is always among
/// them. One owner.
/// </summary>
internal sealed class TopDirectories(int room)
{
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly List<Slot> _counts = new(room);

    /// <summary>How many changes there were.</summary>
    public long Total { get; private set; }

    /// <summary>Something changed in a directory.</summary>
    public void Add(string directory)
    {
        Total++;
        if (_slots.TryGetValue(directory, out var known))
        {
            _counts[known] = _counts[known] with { Count = _counts[known].Count + 1 };
        }
        else if (_counts.Count < room)
        {
            _slots.Add(directory, _counts.Count);
            _counts.Add(new(directory, 1, 0));
        }
        else
        {
            Replace(directory);
        }
    }

    /// <summary>Those with the most, at most so many.</summary>
    public IReadOnlyList<DirectoryCount> Most(int most) =>
        [.. _counts.OrderByDescending(slot => slot.Count).ThenBy(slot => slot.Directory, StringComparer.Ordinal).Take(most).Select(slot => new DirectoryCount(slot.Directory, slot.Count, slot.Count - slot.TooMany))];

    private void Replace(string directory)
    {
        var least = 0;
        for (var at = 1; at < _counts.Count; at++)
        {
            least = _counts[at].Count < _counts[least].Count ? at : least;
        }

        var given = _counts[least];
        _slots.Remove(given.Directory);
        _slots.Add(directory, least);
        _counts[least] = new(directory, given.Count + 1, given.Count);
    }

    private readonly record struct Slot(string Directory, long Count, long TooMany);
}
