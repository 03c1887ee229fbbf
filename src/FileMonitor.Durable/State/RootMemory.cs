namespace FileMonitor.Durable.State;

/// <summary>What was known of the roots when this run began to watch them, as far as that is not what the run before knew. Under its lock, held briefly.</summary>
internal sealed class RootMemory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoreRootHealth> _roots = [];

    /// <summary>In the order of their paths. Any thread.</summary>
    public IReadOnlyList<StoreRootHealth> Roots
    {
        get
        {
            lock (_gate)
            {
                return [.. _roots.Values.OrderBy(static root => root.Path, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>A root of which nothing is known.</summary>
    public void AddUnknown(string path) => Set(path, static before => before with { IsKnown = false });

    /// <summary>A root that the run before did not watch, or that was not watched for a part of this one.</summary>
    public void AddWatchedUntil(string path, DateTimeOffset until) => Set(path, before => before with { WatchedUntil = until });

    /// <summary>Items of a root that the patterns left out before.</summary>
    public void AddNewlyCovered(string path, int items) => Set(path, before => before with { NewlyCovered = items });

    /// <summary>A root whose extended attributes were not read before.</summary>
    public void AddExtendedAttributes(string path) => Set(path, static before => before with { HasNewExtendedAttributes = true });

    /// <summary>A root that is not watched any more.</summary>
    public void Remove(string path)
    {
        lock (_gate)
        {
            _roots.Remove(path);
        }
    }

    private void Set(string path, Func<Known, Known> change)
    {
        lock (_gate)
        {
            var before = _roots.GetValueOrDefault(path);
            var next = change(before is null ? new(true, null, 0, false) : new(before.IsKnown, before.WatchedUntil, before.NewlyCovered, before.HasNewExtendedAttributes));
            _roots[path] = new()
            {
                Path = path,
                IsKnown = next.IsKnown,
                WatchedUntil = next.WatchedUntil,
                NewlyCovered = next.NewlyCovered,
                HasNewExtendedAttributes = next.HasNewExtendedAttributes,
            };
        }
    }

    private sealed record Known(bool IsKnown, DateTimeOffset? WatchedUntil, int NewlyCovered, bool HasNewExtendedAttributes);
}
