using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Why the system refuses fanotify, and the way out: in words for the person on call.</summary>
internal static class FanotifyErrors
{
    public const int EINVAL = 22;
    private const int EXDEV = 18;
    private const int EOPNOTSUPP = 95;
    private const int ENOSPC = 28;
    private const int ENOSYS = 38;

    public static string ExplainOpening(int error) => error switch
    {
        LinuxErrors.EPERM => "fanotify may not be used: give the process the capability CAP_SYS_ADMIN (in a container, that of the machine's own user namespace).",
        EINVAL => "The kernel is too old: fanotify names files from Linux 5.9 on.",
        ENOSYS => "The kernel has no fanotify, or a sandbox hides it.",
        LinuxErrors.EMFILE or LinuxErrors.ENFILE => WatchLimit.ExplainNoGroup(error),
        _ => $"fanotify cannot be opened: {LinuxErrors.Describe(error)}.",
    };

    public static string ExplainMarking(int error, string path) => error switch
    {
        LinuxErrors.EPERM => $"The file system of '{path}' may not be watched as a whole: give the process the capability CAP_SYS_ADMIN.",
        EOPNOTSUPP => $"The file system of '{path}' has no file handles (overlayfs, as in containers, is one such).",
        EXDEV => $"'{path}' lies on a subvolume (btrfs), of which fanotify cannot tell the files apart.",
        LinuxErrors.ENODEV => $"The file system of '{path}' has no id of its own (FUSE is one such).",
        ENOSPC => $"No more fanotify marks are allowed: raise {WatchLimit.ReadMarks()?.Setting ?? "fs.fanotify.max_user_marks"}.",
        _ => $"The file system of '{path}' cannot be watched: {LinuxErrors.Describe(error)}.",
    };
}
