using FileMonitor.Sources.Native;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Explains why the system refuses fanotify, with the way out, for the person on call.</summary>
internal static class FanotifyErrors
{
    private const int EXDEV = 18;
    private const int EOPNOTSUPP = 95;
    private const int ENOSPC = 28;
    private const int ENOSYS = 38;

    public static string ExplainOpening(int error) => error switch
    {
        LinuxErrors.EPERM => "fanotify may not be used: give the process the capability CAP_SYS_ADMIN (in a container, that of the machine's own user namespace).",
        LinuxErrors.EINVAL => "The kernel is too old: fanotify names files from Linux 5.9 on.",
        ENOSYS => "The kernel has no fanotify, or a sandbox hides it.",
        LinuxErrors.EMFILE or LinuxErrors.ENFILE => WatchLimit.ExplainNoGroup(error),
        _ => $"fanotify cannot be opened: {LinuxErrors.Describe(error)}.",
    };

    public static string ExplainMarking(int error, string path) => error switch
    {
        LinuxErrors.EPERM => $"The file system of '{path}' may not be watched as a whole: give the process the capability CAP_SYS_ADMIN.",
        EOPNOTSUPP => $"The file system of '{path}' has no file handles (for example overlayfs, as in containers).",
        EXDEV => $"'{path}' is on a btrfs subvolume, where fanotify cannot identify files.",
        LinuxErrors.ENODEV => $"The file system of '{path}' has no id of its own (for example FUSE).",
        ENOSPC => $"No more fanotify marks are allowed: raise {WatchLimit.ReadMarks()?.Setting ?? "fs.fanotify.max_user_marks"}.",
        _ => $"The file system of '{path}' cannot be watched: {LinuxErrors.Describe(error)}.",
    };
}
