using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Whether fanotify can watch a root, and if not, why: in words for the person on call.</summary>
internal static class FanotifySupport
{
    /// <summary>Null when it can. Asks the disk; a root that is not there yet is judged by what the system can do at all.</summary>
    public static string? WhyNot(string physicalRoot)
    {
        try
        {
            using var group = FanotifyGroup.Open();
            var directory = LinuxBeneath.OpenToList(physicalRoot, "");
            if (directory < 0)
            {
                return null;
            }

            try
            {
                return group.TryWatch(directory) is { } refused ? FanotifyErrors.ExplainMarking(refused, physicalRoot) : WhyNoHandles(directory, physicalRoot);
            }
            finally
            {
                LinuxFiles.Close(directory);
            }
        }
        catch (IOException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>Handles must be opened to find what they name: needed for all that is not known by its handle yet.</summary>
    public static string? WhyNoHandles(int directory, string path)
    {
        Span<byte> handle = stackalloc byte[LinuxHandles.MaxBytes];
        var length = LinuxHandles.TryGetFileSystem(directory, out var fileSystem) ? LinuxHandles.Get(fileSystem, directory, handle) : -1;
        var opened = length < 0 ? -1 : LinuxHandles.OpenToStandOn(directory, handle[..length]);
        if (opened < 0)
        {
            return LinuxErrors.LastError == LinuxErrors.EPERM
                ? "File handles cannot be opened: give the process the capability CAP_DAC_READ_SEARCH."
                : $"The file system of '{path}' has no file handles that can be opened ({LinuxErrors.Describe(LinuxErrors.LastError)}).";
        }

        var seen = LinuxHandles.PathOf(opened);
        LinuxFiles.Close(opened);
        return seen == path ? null : $"The handle of '{path}' leads to '{seen}': handles of this file system cannot be used.";
    }
}
