using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FileMonitor.Values;

namespace FileMonitor.Sources.Files;

/// <summary>
/// Examines the directory of a root, whatever bytes its name has: .NET handles names only as text and finds nothing where a name is not UTF-8.
/// </summary>
internal static class DirectoryOnDisk
{
    /// <summary>Whether a directory exists and may be listed. The RootWatch of the root handles one that may not.</summary>
    public static bool CanBeListed(string path)
    {
        if (!LinuxFiles.IsSupported)
        {
            return CanBeListedByText(path);
        }

        var descriptor = LinuxBeneath.OpenToList(path, "");
        var isRefused = descriptor < 0
            && LinuxErrors.LastError is LinuxErrors.ENOENT or LinuxErrors.ENOTDIR or LinuxErrors.ELOOP or LinuxErrors.ESTALE or LinuxErrors.EACCES or LinuxErrors.EPERM;
        LinuxFiles.Close(descriptor);
        return !isRefused;
    }

    /// <summary>How many directories have to be watched for a root, itself included; null when cancelled.</summary>
    /// <param name="root">The root.</param>
    /// <param name="withIgnored">Whether ignored directories count.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public static long? CountWatched(MonitoredRoot root, bool withIgnored, CancellationToken cancellationToken)
    {
        var count = 1L;
        var disk = new DiskFileView();
        var open = new Stack<string>(root.Recursive ? [""] : []);
        while (open.TryPop(out var directory))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return null;
            }

            // A directory that cannot be listed adds nothing: the count is the least number.
            disk.List(root.PhysicalPath, directory, (name, status) =>
            {
                if (status.ItemType == ItemType.Directory && PathText.Join(directory, name) is var path && (withIgnored || !root.IsIgnoredDirectory(path)))
                {
                    count++;
                    open.Push(path);
                }
            });
        }

        return count;
    }

    /// <summary>Whether an entry of an open directory is a directory; reads its status when the listing does not say.</summary>
    public static bool IsDirectory(int descriptor, in LinuxDirectoryEntries entries) =>
        entries.ItemType == ItemType.Directory
        || (entries.ItemType == ItemType.Unknown && LinuxFiles.TryGetStatus(descriptor, entries.NameAndZero, out var status) && status.ItemType == ItemType.Directory);

    private static bool CanBeListedByText(string path)
    {
        try
        {
            using var entries = Directory.EnumerateFileSystemEntries(path).GetEnumerator();
            entries.MoveNext();
            return true;
        }
        catch (Exception refused) when (refused is DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            // Another error: the directory exists and is not refused.
            return true;
        }
    }
}
