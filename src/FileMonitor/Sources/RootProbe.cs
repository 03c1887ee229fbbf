namespace FileMonitor.Sources;

/// <summary>Looks whether a root is there, may be read, and which directory it is. Used by one caller at a time.</summary>
internal sealed class RootProbe(string path, IFileView files, bool isOnDisk, Func<string, string?> refuse)
{
    private bool _wasMountPoint;

    /// <summary>Looks now. May take long on a file system that does not answer; never throws.</summary>
    public RootSighting Look()
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
        if (_wasMountPoint && !isMountPoint)
        {
            // The directory that the volume was mounted on. It is empty, and that says nothing about the files.
            return $"The volume that was mounted at the root '{path}' is not mounted.";
        }

        if (refuse(physical) is { } refusal)
        {
            return refusal;
        }

        _wasMountPoint = isMountPoint;
        return null;
    }

    private bool IsMountPoint(string physical, in FileStatus status) =>
        status.Device != 0
        && Path.GetDirectoryName(physical) is { } parent
        && files.GetStatus(parent, "") is { IsFound: true } above
        && above.Device != status.Device;
}
