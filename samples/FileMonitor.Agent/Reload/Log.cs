namespace FileMonitor.Agent.Reload;

/// <summary>What the log says of a configuration that is read again. docs/diagnostics.md lists it.</summary>
internal static partial class Log
{
    [LoggerMessage(910, LogLevel.Information, "The configuration was read again; roots added: {Added}, removed: {Removed}, other settings taken over: {Taken}, waiting for the next start: {Waiting}", EventName = "ConfigurationTaken")]
    public static partial void ConfigurationTaken(this ILogger logger, int added, int removed, int taken, int waiting);

    [LoggerMessage(911, LogLevel.Error, "The new configuration is not taken over, and the agent goes on with the one it has; mistakes: {Mistakes}", EventName = "ConfigurationRefused")]
    public static partial void ConfigurationRefused(this ILogger logger, int mistakes);

    [LoggerMessage(912, LogLevel.Error, "A mistake of the new configuration: {Mistake}", EventName = "ConfigurationMistake")]
    public static partial void ConfigurationMistake(this ILogger logger, string mistake);

    [LoggerMessage(913, LogLevel.Warning, "{Key} has changed and takes effect at the next start", EventName = "SettingWaits")]
    public static partial void SettingWaits(this ILogger logger, string key);

    [LoggerMessage(914, LogLevel.Information, "{Key} has changed and is in effect", EventName = "SettingTaken")]
    public static partial void SettingTaken(this ILogger logger, string key);

    [LoggerMessage(915, LogLevel.Information, "Root {Root} of monitor {Monitor} was added", EventName = "RootAdded")]
    public static partial void RootAdded(this ILogger logger, string root, string monitor);

    [LoggerMessage(916, LogLevel.Information, "Root {Root} of monitor {Monitor} was removed", EventName = "RootRemoved")]
    public static partial void RootRemoved(this ILogger logger, string root, string monitor);

    [LoggerMessage(917, LogLevel.Error, "Root {Root} of monitor {Monitor} could not be added and is not watched: {Problem}", EventName = "RootNotAdded")]
    public static partial void RootNotAdded(this ILogger logger, string root, string monitor, string problem);

    [LoggerMessage(918, LogLevel.Error, "Root {Root} of monitor {Monitor} could not be removed and may still be watched: {Problem}", EventName = "RootNotRemoved")]
    public static partial void RootNotRemoved(this ILogger logger, string root, string monitor, string problem);

    [LoggerMessage(919, LogLevel.Error, "The configuration could not be read again because of a defect; the agent goes on", EventName = "ReloadFailed")]
    public static partial void ReloadFailed(this ILogger logger, Exception exception);
}
