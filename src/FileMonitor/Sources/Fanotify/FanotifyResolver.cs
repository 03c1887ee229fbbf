using FileMonitor.Extending;
using FileMonitor.Sources.Mounts;

namespace FileMonitor.Sources.Fanotify;

/// <summary>
/// Finds out, while the tree is being filled, whether an unknown directory is below a root, by opening it. That is slow (10 µs), so directories
/// outside the roots are remembered. Owner: the source's thread.
/// </summary>
/// <remarks>
/// A directory deleted meanwhile cannot be found. That does no harm: the deletion of the uppermost deleted directory is an event in an existing
/// one, and removes everything known below.
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

    /// <summary>Something was moved or scanned again: a directory outside the roots may be inside now.</summary>
    public void Clear() => _foreign.Clear();
}
