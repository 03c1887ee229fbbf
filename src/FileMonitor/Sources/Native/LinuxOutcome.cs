using FileMonitor.Extending;
using static FileMonitor.Sources.Native.LinuxErrors;

namespace FileMonitor.Sources.Native;

/// <summary>Translates an error of the system into the outcome of a look.</summary>
internal static class LinuxOutcome
{
    public static FileStatusOutcome Of(int error) => error switch
    {
        // A name too long for the file system cannot exist, and links are not followed.
        ENOENT or ENOTDIR or ENAMETOOLONG or ESTALE or ELOOP => FileStatusOutcome.Missing,
        EACCES or EPERM => FileStatusOutcome.Inaccessible,
        _ => FileStatusOutcome.Failed,
    };
}
