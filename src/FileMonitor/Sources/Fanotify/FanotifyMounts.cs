using System.Collections.Frozen;
using FileMonitor.Extending;
using FileMonitor.Sources.Mounts;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>The mount points below the roots, and their changes since the last look. Owner: the source's thread.</summary>
internal sealed class FanotifyMounts : IDisposable
{
    // Local file systems. Others hold no programs, or opening them may have to wait for another machine.
    private static readonly FrozenSet<string> WithPrograms = FrozenSet.Create(
        StringComparer.Ordinal,
        "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "overlay", "squashfs", "erofs", "zfs", "bcachefs", "jfs", "reiserfs", "iso9660", "vfat", "exfat", "ntfs3");

    private IReadOnlyList<Mount> _mounts;
    private HashSet<string> _below = [];

    public FanotifyMounts()
    {
        // Open the descriptor first: it then reports mounts after the read.
        Descriptor = LinuxProc.OpenToRead($"/proc/{Environment.ProcessId}/mountinfo");
        _mounts = MountTable.Read().Mounts;
    }

    /// <summary>Polled for POLLPRI, which reports mounts and unmounts. Negative without /proc.</summary>
    public int Descriptor { get; }

    public IReadOnlyList<Mount> All => _mounts;

    public static bool MayHoldPrograms(Mount mount) => WithPrograms.Contains(mount.Type);

    /// <summary>Whether a path below a root is a mount point.</summary>
    public bool IsMountPoint(MonitoredRoot root, string relativePath) =>
        _below.Count > 0 && _below.Contains(PathText.Absolute(root.PhysicalPath, relativePath));

    /// <summary>Reads the table of mounts again.</summary>
    /// <param name="roots">The watched roots.</param>
    /// <returns>The mount points below, at or above the roots where something was mounted or unmounted, upper ones first.</returns>
    public List<string> Read(IEnumerable<MonitoredRoot> roots)
    {
        var before = _mounts;
        _mounts = MountTable.Read().Mounts;
        Cover(roots);
        var changed = before.Except(_mounts).Concat(_mounts.Except(before)).Select(mount => mount.MountPoint).Distinct();
        return [.. changed.Where(point => roots.Any(root => MountPoint.IsBelow(root, point) || MountPoint.IsAtOrAbove(point, root))).Order(StringComparer.Ordinal)];
    }

    /// <summary>Sets the watched roots. Does not read the table again: changes since the last read would then never be reported.</summary>
    public void Cover(IEnumerable<MonitoredRoot> roots) =>
        _below = _mounts.Select(mount => mount.MountPoint).Where(point => roots.Any(root => MountPoint.IsBelow(root, point))).ToHashSet(StringComparer.Ordinal);

    public void Dispose() => LinuxFiles.Close(Descriptor);
}
