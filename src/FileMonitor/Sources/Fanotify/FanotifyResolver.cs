using FileMonitor.Extending;
using FileMonitor.Sources.Mounts;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// Finds out, while the tree is being filled, whether a directory that is not in it lies below a root: by opening it. Dear (10 µs), so the
/// foreign ones are remembered. Owner: the source's thread.
/// </summary>
/// <remarks>
/// One that was deleted meanwhile cannot be found any more. No harm: the deletion of the uppermost directory that went is an event in one
/// that still exists, and what was known below it goes with it.
/// </remarks>
internal sealed class FanotifyResolver(FanotifyVolumes volumes, IReadOnlyCollection<MonitoredRoot> roots)
{
    private const int MaxForeign = 8192;

    private readonly HashSet<byte[]> _foreign = new(FanotifyHandleComparer.Instance);

    public bool TryResolve(ReadOnlySpan<byte> handle, out FanotifyPlace place)
    {
        place = default;
        var foreign = _foreign.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (foreign.Contains(handle))
        {
            return false;
        }

        if (volumes.PathOf(handle) is { } path)
        {
            foreach (var root in roots)
            {
                if (MountPoint.Below(root, path) is { } relative && (relative.Length == 0 || (root.Recursive && !root.IsIgnoredDirectory(relative))))
                {
                    place = new FanotifyPlace(root, Directory: null, relative);
                    return true;
                }
            }
        }

        if (_foreign.Count >= MaxForeign)
        {
            Clear();
        }

        foreign.Add(handle);
        return false;
    }

    /// <summary>Something was moved, or scanned anew: what was foreign may be so no longer.</summary>
    public void Clear() => _foreign.Clear();
}
