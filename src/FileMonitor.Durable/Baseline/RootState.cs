namespace FileMonitor.Durable.Baseline;

/// <summary>A root while its store is open, and the numbers of its directories that were used of late. Owner: the store.</summary>
internal sealed class RootState(long place, string path, StringComparer names)
{
    // About 1 MB for long paths. What is told of a tree stays in a neighbourhood for a while; what does not is found by one read for each name on the way.
    private const int MostDirectories = 4096;

    private readonly Dictionary<string, long> _directories = new(names);
    private bool _isChanged;

    public long Place => place;

    public string Path => path;

    public bool IsComplete { get; set => Set(ref field, value); }

    public bool IsLost { get; set => Set(ref field, value); }

    /// <summary>The root itself not counted.</summary>
    public long Items { get; set => Set(ref field, value); } = -1;

    public bool TakeIsChanged()
    {
        var isChanged = _isChanged;
        _isChanged = false;
        return isChanged;
    }

    public bool TryGetNumber(ReadOnlySpan<char> directory, out long number) =>
        _directories.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(directory, out number);

    public void Remember(ReadOnlySpan<char> directory, long number)
    {
        if (_directories.Count >= MostDirectories)
        {
            _directories.Clear();
        }

        _directories.GetAlternateLookup<ReadOnlySpan<char>>()[directory] = number;
    }

    public void Forget(ReadOnlySpan<char> directory) => _directories.GetAlternateLookup<ReadOnlySpan<char>>().Remove(directory);

    /// <summary>A directory has another path, and so has everything below it.</summary>
    public void ForgetDirectories() => _directories.Clear();

    private void Set<T>(ref T field, T value)
    {
        _isChanged |= !EqualityComparer<T>.Default.Equals(field, value);
        field = value;
    }
}
