using FileMonitor.Extending;
using FileMonitor.Sources.Files;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Running;

/// <summary>Checks whether a root exists, can be read, and which directory it is.</summary>
/// <remarks>One caller at a time makes the full check and owns the state. Any thread may compare with the latest result.</remarks>
internal sealed class RootProbe(string path, IFileView files, bool isOnDisk, Func<string, string?> refuse)
{
    private readonly bool _canCompare = isOnDisk && LinuxFiles.IsSupported;
    private bool _wasMountPoint;
    private string? _accepted;

    // The latest root directory that was not a mount point: it reappears when a volume that was mounted over it is unmounted.
    private FileIdentity _unmounted;
    private volatile Sighted? _latest;

    /// <summary>Makes the full check. May take long on a file system that does not answer; never throws.</summary>
    public RootSighting Look()
    {
        var seen = LookClosely();
        _latest = seen.Problem is null && _canCompare ? new Sighted(seen.PhysicalPath, seen.Status) : null;
        return seen;
    }

    /// <summary>
    /// Whether the path leads to the same directory as at the last full check, with the same permissions and entries. False when that is not
    /// known. May take as long as a full check.
    /// </summary>
    public bool IsAsBefore() =>
        _latest is { } latest && IsSame(path, latest.Status) && (latest.PhysicalPath == path || IsSame(latest.PhysicalPath, latest.Status));

    /// <remarks>The change time changes with permissions and entries, and no program can set it back. Two changes in one tick of the clock have the same time.</remarks>
    private static bool IsSame(string path, in FileStatus known)
    {
        using var native = new LinuxPath(path, stackalloc byte[LinuxPath.StackBytes]);
        return native.Error == 0
            && LinuxFiles.TryGetStatusBehindLinks(native.Directory, native.Bytes, out var found)
            && found.ToFileStatus() is var status
            && status.ItemType == ItemType.Directory
            && status.Device == known.Device
            && status.FileNumber == known.FileNumber
            && status.BirthTicks == known.BirthTicks
            && status.ChangeTicks == known.ChangeTicks
            && status.Mode == known.Mode
            && status.OwnerId == known.OwnerId
            && status.GroupId == known.GroupId;
    }

    private RootSighting LookClosely()
    {
        string physical;
        try
        {
            physical = isOnDisk ? PhysicalPath.OfExisting(path) : path;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return new(failed.Message, path, default);
        }

        var status = files.GetDirectoryStatus(physical, "");
        return new(ProblemWith(physical, status), physical, status);
    }

    private string? ProblemWith(string physical, in FileStatus status)
    {
        var problem = status.Outcome switch
        {
            FileStatusOutcome.Missing => $"The root '{path}' does not exist, or may not be seen by this process.",
            FileStatusOutcome.Inaccessible => $"The root '{path}' may not be read: give the process read and search permission.",
            FileStatusOutcome.Failed => $"The file system of the root '{path}' reported an error.",
            _ => null,
        };
        if (problem is not null)
        {
            return problem;
        }

        if (status.ItemType != ItemType.Directory)
        {
            return $"The root '{path}' is a file, not a directory.";
        }

        var isMountPoint = IsMountPoint(physical, status);
        if (_wasMountPoint && !isMountPoint && physical == _accepted && !_unmounted.IsSame(status.Identity))
        {
            // This is the directory on which the volume was mounted, and it was never the root. That it is empty says nothing about the files.
            return $"The volume that was mounted at the root '{path}' is not mounted.";
        }

        // Check a path once: a root that overlaps it later is the one that is refused.
        if (physical != _accepted && refuse(physical) is { } refusal)
        {
            return refusal;
        }

        (_accepted, _wasMountPoint) = (physical, isMountPoint);
        _unmounted = isMountPoint ? _unmounted : status.Identity;
        return null;
    }

    private bool IsMountPoint(string physical, in FileStatus status) =>
        status.Device != 0
        && Path.GetDirectoryName(physical) is { } parent
        && files.GetStatus(parent, "") is { IsFound: true } above
        && above.Device != status.Device;

    private sealed record Sighted(string PhysicalPath, FileStatus Status);
}
