using System.Collections.Concurrent;
using FileMonitor.Extending;

namespace FileMonitor.Running;

/// <summary>The roots of a run, each with its <see cref="RootWatch"/>.</summary>
/// <remarks>One caller at a time adds and removes. Any thread reads; the lists are replaced as a whole.</remarks>
internal sealed class RootWatches
{
    private readonly ConcurrentDictionary<MonitoredRoot, RootWatch> _byRoot = new();
    private volatile RootWatch[] _all = [];

    /// <summary>Those that are armed and have their baseline, in the order in which they were added.</summary>
    public IReadOnlyList<RootWatch> Started => [.. _all.Where(static watch => watch.IsStarted)];

    /// <summary>All, also those that are being added.</summary>
    public IReadOnlyList<RootWatch> All => _all;

    /// <summary>The watch of a root; null when it was removed.</summary>
    public RootWatch? Find(MonitoredRoot root) => _byRoot.GetValueOrDefault(root);

    public void Add(RootWatch watch)
    {
        _byRoot[watch.Root] = watch;
        _all = [.. _all, watch];
    }

    public void Remove(RootWatch watch)
    {
        _byRoot.TryRemove(watch.Root, out _);
        _all = [.. _all.Where(one => one != watch)];
    }
}
