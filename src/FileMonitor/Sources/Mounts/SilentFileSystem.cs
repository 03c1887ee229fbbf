using System.Collections.Frozen;

namespace FileMonitor.Sources.Mounts;

/// <summary>Decides whether a root must be polled because the operating system does not report all changes there.</summary>
internal static class SilentFileSystem
{
    private const string Variable = "DOTNET_USE_POLLING_FILE_WATCHER";

    // This kernel does not see what another machine, or the host of a container, writes on these. A fuseblk is a local disk.
    private static readonly FrozenSet<string> Shared = FrozenSet.Create(
        StringComparer.Ordinal,
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "fuse", "ncpfs", "ncp", "afs", "kafs", "coda", "ceph", "glusterfs", "lustre",
        "ocfs2", "gfs2", "gpfs", "pvfs2", "orangefs", "beegfs", "vboxsf", "vmhgfs", "prl_fs", "drvfs", "sshfs", "davfs", "acfs");

    /// <summary>Why a directory has to be polled; null when the system reports its changes.</summary>
    public static string? WhyPolled(string physicalPath) =>
        WhyPolled(physicalPath, Environment.GetEnvironmentVariable(Variable), OperatingSystem.IsLinux() ? MountTable.Read() : null);

    /// <param name="physicalPath">The directory, absolute and without links.</param>
    /// <param name="variable">The value of the environment variable that makes .NET's own watchers poll.</param>
    /// <param name="mounts">The table of mounts; null where there is none.</param>
    internal static string? WhyPolled(string physicalPath, string? variable, MountTable? mounts)
    {
        if (variable is "1" || string.Equals(variable, "true", StringComparison.OrdinalIgnoreCase))
        {
            return $"{Variable} is set";
        }

        if (mounts is null)
        {
            return IsNetworkDrive(physicalPath) ? "a network drive does not report all changes made by others" : null;
        }

        return mounts.FindType(physicalPath) is { } type && IsSilent(type)
            ? $"{type} reports no changes made by others"
            : null;
    }

    /// <summary>Whether a file system type of Linux does not report what others change.</summary>
    public static bool IsSilent(string type) => Shared.Contains(type) || type.StartsWith("fuse.", StringComparison.Ordinal);

    private static bool IsNetworkDrive(string path)
    {
        try
        {
            // On Windows a drive has a letter; a path to a share has none.
            return OperatingSystem.IsWindows() && path.StartsWith(@"\\", StringComparison.Ordinal)
                ? !path.StartsWith(@"\\?\", StringComparison.Ordinal) || path.StartsWith(@"\\?\UNC\", StringComparison.OrdinalIgnoreCase)
                : new DriveInfo(path).DriveType == DriveType.Network;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
