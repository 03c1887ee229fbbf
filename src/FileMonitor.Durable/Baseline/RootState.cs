namespace FileMonitor.Durable.Baseline;

/// <summary>A root in an open store, with a cache of the numbers of recently used directories. Owner: the store.</summary>
internal sealed class RootState(long place, string path, StringComparer names)
{
    // About 1 MB for long paths. Changes of a tree usually stay in one neighbourhood for a while; other directories cost one read for each name of their path.
    private const int MostDirectories = 4096;

    private readonly Dictionary<string, long> _directories = new(names);
    private bool _isChanged;

    public long Place => place;

    public string Path => path;

    public bool IsComplete { get; set => Set(ref field, value); }

    public bool IsLost { get; set => Set(ref field, value); }

    /// <summary>The number of items without the root.</summary>
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

    /// <summary>A directory was moved, with everything below it.</summary>
    public void ForgetDirectories() => _directories.Clear();

    private void Set<T>(ref T field, T value)
    {
        _isChanged |= !EqualityComparer<T>.Default.Equals(field, value);
        field = value;
    }
}
