using System.Collections.Frozen;
using FileMonitor.Extending;
using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>What is mounted below the roots, and what became of it since the last look. Owner: the source's thread.</summary>
internal sealed class FanotifyMounts : IDisposable
{
    // Local disks. What is not here is either no place for programs, or may keep whoever opens it waiting for another machine.
    private static readonly FrozenSet<string> WithPrograms = FrozenSet.Create(
        StringComparer.Ordinal,
        "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "overlay", "squashfs", "erofs", "zfs", "bcachefs", "jfs", "reiserfs", "iso9660", "vfat", "exfat", "ntfs3");

    private IReadOnlyList<Mount> _mounts;
    private HashSet<string> _below = [];

    public FanotifyMounts()
    {
        // In this order: what is mounted after the look is told by the descriptor.
        Descriptor = LinuxProc.OpenToRead($"/proc/{Environment.ProcessId}/mountinfo");
        _mounts = MountTable.Read().Mounts;
    }

    /// <summary>Polled for POLLPRI: something was mounted or unmounted. Negative without /proc.</summary>
    public int Descriptor { get; }

    public IReadOnlyList<Mount> All => _mounts;

    public static bool MayHoldPrograms(Mount mount) => WithPrograms.Contains(mount.Type);

    /// <summary>Whether something is mounted there, below a root.</summary>
    public bool IsMountPoint(MonitoredRoot root, string relativePath) =>
        _below.Count > 0 && _below.Contains(PathText.Absolute(root.PhysicalPath, relativePath));

    /// <summary>Looks again.</summary>
    /// <param name="roots">The roots that are watched now.</param>
    /// <returns>The mount points below them, at them and above them at which something was mounted or unmounted, the upper ones first.</returns>
    public List<string> Read(IEnumerable<MonitoredRoot> roots)
    {
        var before = _mounts;
        _mounts = MountTable.Read().Mounts;
        Cover(roots);
        var changed = before.Except(_mounts).Concat(_mounts.Except(before)).Select(mount => mount.MountPoint).Distinct();
        return [.. changed.Where(point => roots.Any(root => MountPoint.IsBelow(root, point) || MountPoint.IsAtOrAbove(point, root))).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Other roots are watched now. The table is not read anew: what changed in it since the last look would be taken for known, and never told.
    /// </summary>
    public void Cover(IEnumerable<MonitoredRoot> roots) =>
        _below = _mounts.Select(mount => mount.MountPoint).Where(point => roots.Any(root => MountPoint.IsBelow(root, point))).ToHashSet(StringComparer.Ordinal);

    public void Dispose() => LinuxFiles.Close(Descriptor);
}
