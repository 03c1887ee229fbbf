using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Checks whether fanotify can watch a root.</summary>
internal static class FanotifySupport
{
    /// <summary>
    /// Null when fanotify can watch the root, otherwise a sentence saying why not. Reads the disk; for a missing root only the system is
    /// checked.
    /// </summary>
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

    /// <summary>
    /// Null when handles of a file system can be opened, otherwise a sentence saying why not. Needed for directories that are not known by their
    /// handle.
    /// </summary>
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
