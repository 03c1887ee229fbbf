using FileMonitor.Extending;
using static FileMonitor.Sources.Native.LinuxErrors;

namespace FileMonitor.Sources.Native;

/// <summary>What an error of the system says about the item that was asked for.</summary>
internal static class LinuxOutcome
{
    public static FileStatusOutcome Of(int error) => error switch
    {
        // A name that is too long for the file system (a long path we walk) cannot be there; nor is anything behind a link.
        ENOENT or ENOTDIR or ENAMETOOLONG or ESTALE or ELOOP => FileStatusOutcome.Missing,
        EACCES or EPERM => FileStatusOutcome.Inaccessible,
        _ => FileStatusOutcome.Failed,
    };
}
