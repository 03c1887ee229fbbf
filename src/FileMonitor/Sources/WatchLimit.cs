using System.Globalization;
using FileMonitor.Sources.Native;

namespace FileMonitor.Sources;

/// <summary>A limit of Linux for one user, over all processes, and the name of its setting.</summary>
internal readonly record struct WatchLimit(long Value, string Setting)
{
    /// <summary>
    /// The limit of inotify watches: the lower of the machine's and that of the user namespace (a container's, perhaps). Null when neither can
    /// be read.
    /// </summary>
    public static WatchLimit? Read() => Lower("inotify", "watches");

    /// <summary>The limit of inotify instances.</summary>
    public static WatchLimit? ReadInstances() => Lower("inotify", "instances");

    /// <summary>The limit of fanotify marks.</summary>
    public static WatchLimit? ReadMarks() => Lower("fanotify", "marks");

    /// <summary>The limit of fanotify groups.</summary>
    public static WatchLimit? ReadGroups() => Lower("fanotify", "groups");

    /// <summary>Why no inotify instance could be created, and the way out: the system returns the same error for three different limits.</summary>
    /// <param name="error">The error of the system call.</param>
    public static string ExplainNoInstance(int error) => Explain(
        error,
        ReadInstances() is { } limit
            ? Text($"{limit.Setting} allows {limit.Value} inotify instances for all processes of this user, and all are in use: raise it, or use one monitor for several roots.")
            : "All inotify instances of this user are in use: use one monitor for several roots.");

    /// <summary>Why no fanotify group could be created, and the way out.</summary>
    public static string ExplainNoGroup(int error) => Explain(
        error,
        ReadGroups() is { } limit
            ? Text($"{limit.Setting} allows {limit.Value} fanotify groups for all processes of this user, and all are in use: raise it.")
            : "All fanotify groups of this user are in use.");

    /// <summary>Whether this user can watch one more directory now. False when that cannot be tried.</summary>
    public static bool HasRoom(string directory)
    {
        if (!LinuxFiles.IsSupported || LinuxBeneath.OpenToStandOn(directory, "") is not (>= 0 and var descriptor))
        {
            return false;
        }

        using var inotify = LinuxInotify.Open();
        Span<byte> path = stackalloc byte[32];
        _ = LinuxOpening.WriteDescriptorPath(descriptor, path);
        var hasRoom = !inotify.IsInvalid && LinuxInotify.AddWatch(inotify, path, LinuxInotify.IN_DELETE_SELF | LinuxInotify.IN_ONLYDIR) >= 0;
        LinuxFiles.Close(descriptor);
        return hasRoom;
    }

    /// <summary>Why a directory could not be watched or opened, and the way out where there is one.</summary>
    /// <param name="error">The error of the system call; not the one that means the limit of watches.</param>
    public static string ExplainNotWatched(int error) => error switch
    {
        LinuxErrors.EMFILE => "The process has no descriptor left: raise its limit of open files (ulimit -n; LimitNOFILE= of a systemd unit).",
        LinuxErrors.ENFILE => "The machine has no open files left: raise fs.file-max.",
        _ => $"{LinuxErrors.Describe(error)}.",
    };

    private static string Explain(int error, string limit) => error == LinuxErrors.EMFILE && CanOpen() ? limit : ExplainNotWatched(error);

    private static bool CanOpen()
    {
        var descriptor = LinuxBeneath.OpenToStandOn("/\0"u8);
        LinuxFiles.Close(descriptor);
        return descriptor >= 0;
    }

    private static WatchLimit? Lower(string system, string things)
    {
        var machine = Read($"/proc/sys/fs/{system}/max_user_{things}", $"fs.{system}.max_user_{things}");
        var space = Read($"/proc/sys/user/max_{system}_{things}", $"user.max_{system}_{things}");
        return machine is null || space?.Value < machine.Value.Value ? space : machine;
    }

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

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
