using FileMonitor.Extending;
using FileMonitor.Values;

namespace FileMonitor.Sources.Mounts;

/// <summary>
/// Compares file systems mounted below a root that do not report what others change (a share of another machine or of a container's host). Each
/// is a gap as long as it is mounted.
/// </summary>
/// <param name="roots">The roots at the moment.</param>
/// <param name="isPolled">Whether a root is compared as a whole anyway.</param>
/// <param name="changes">Receives the conditions, and compares.</param>
/// <param name="interval">The pause between two comparisons.</param>
/// <param name="time">The clock.</param>
/// <remarks>Owner: the thread of the <see cref="MountWatch"/>; after its end, whoever disposes both.</remarks>
internal sealed class SilentMounts(
    Func<IEnumerable<MonitoredRoot>> roots, Func<MonitoredRoot, bool> isPolled, IChangeWriter changes, TimeSpan interval, TimeProvider time) : IAsyncDisposable
{
    private readonly Dictionary<(MonitoredRoot Root, string Path), UncoveredRoot> _open = [];
    private readonly List<Task> _ending = [];

    /// <summary>Processes the current mounts: opens a condition for each new silent mount and ends those that are gone.</summary>
    public void Hear(MountTable table)
    {
        var found = new Dictionary<(MonitoredRoot Root, string Path), string>();
        foreach (var mount in table.Mounts.Where(mount => SilentFileSystem.IsSilent(mount.Type)))
        {
            foreach (var root in roots().Where(root => root.Recursive && !isPolled(root)))
            {
                // Skip a mount that another one covers.
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
