using System.Globalization;

namespace FileMonitor.Sources;

/// <summary>How many directories one user may watch on Linux, in all processes together, and the setting that says so.</summary>
internal readonly record struct WatchLimit(long Value, string Setting)
{
    /// <summary>The lower of the two that hold: the machine's, and that of the user namespace (a container's, perhaps). Null when neither can be read.</summary>
    public static WatchLimit? Read() => Lower(
        Read("/proc/sys/fs/inotify/max_user_watches", "fs.inotify.max_user_watches"), Read("/proc/sys/user/max_inotify_watches", "user.max_inotify_watches"));

    /// <summary>The same for the marks of fanotify.</summary>
    public static WatchLimit? ReadMarks() => Lower(
        Read("/proc/sys/fs/fanotify/max_user_marks", "fs.fanotify.max_user_marks"), Read("/proc/sys/user/max_fanotify_marks", "user.max_fanotify_marks"));

    private static WatchLimit? Lower(WatchLimit? machine, WatchLimit? space) => machine is null || space?.Value < machine.Value.Value ? space : machine;

    private static WatchLimit? Read(string path, string setting)
    {
        try
        {
            return long.TryParse(File.ReadAllText(path), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value) ? new(value, setting) : null;
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
