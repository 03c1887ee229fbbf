using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Sources.Mounts;

/// <summary>
/// What is mounted below a root and says nothing of what others do there (a share of another machine, of the host of a container) is compared with
/// the disk, as a whole root of that kind is: as long as it is mounted it is a gap.
/// </summary>
/// <param name="roots">The roots.</param>
/// <param name="isPolled">Whether a root is compared as a whole anyway.</param>
/// <param name="changes">Who is told, and compares.</param>
/// <param name="interval">The pause between two comparisons.</param>
/// <param name="time">The clock.</param>
/// <remarks>Owner: the thread of the <see cref="MountWatch"/>, and after its end whoever disposes both.</remarks>
internal sealed class SilentMounts(
    IReadOnlyList<MonitoredRoot> roots, Func<MonitoredRoot, bool> isPolled, IChangeWriter changes, TimeSpan interval, TimeProvider time) : IAsyncDisposable
{
    private readonly Dictionary<(MonitoredRoot Root, string Path), UncoveredRoot> _open = [];
    private readonly List<Task> _ending = [];

    /// <summary>The mounts as they are now.</summary>
    public void Hear(MountTable table)
    {
        var found = new Dictionary<(MonitoredRoot Root, string Path), string>();
        foreach (var mount in table.Mounts.Where(mount => SilentFileSystem.IsSilent(mount.Type)))
        {
            foreach (var root in roots.Where(root => root.Recursive && !isPolled(root)))
            {
                // One that another lies on is not seen.
                if (MountPoint.Below(root, mount.MountPoint) is { Length: > 0 } path && table.FindType(mount.MountPoint) == mount.Type && !root.IsIgnoredDirectory(path))
                {
                    found[(root, path)] = mount.Type;
                }
            }
        }

        foreach (var place in _open.Keys.Where(place => !found.ContainsKey(place)).ToArray())
        {
            _open.Remove(place, out var over);
            over!.Close();
            _ending.Add(over.DisposeAsync().AsTask());
        }

        foreach (var (place, type) in found.Where(place => !_open.ContainsKey(place.Key)))
        {
            var uncovered = new UncoveredRoot(place.Root, changes, interval, time, place.Path);
            _open.Add(place, uncovered);
            uncovered.Open(
                GapCause.PartialCoverage,
                $"'{PathText.Absolute(place.Root.Path, place.Path)}' is a mounted {type}, which reports no changes made by others; it is compared with the disk from time to time.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var uncovered in _open.Values)
        {
            await uncovered.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(_ending).ConfigureAwait(false);
    }
}
