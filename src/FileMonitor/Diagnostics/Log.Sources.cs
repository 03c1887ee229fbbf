using Microsoft.Extensions.Logging;

namespace FileMonitor.Diagnostics;

/// <summary>Event ids from 204: the choice of sources, and sources of the host's own.</summary>
internal static partial class Log
{
    [LoggerMessage(204, LogLevel.Information, "{Root} is polled: {Reason}", EventName = "RootPolled")]
    public static partial void RootPolled(this ILogger logger, string root, string reason);

    [LoggerMessage(205, LogLevel.Warning, "{Root} is watched by {Source} instead: {Reason}", EventName = "SourceReplaced")]
    public static partial void SourceReplaced(this ILogger logger, string root, string source, string reason);

    [LoggerMessage(206, LogLevel.Warning, "A callback that source {Source} registered with the token of a call failed", EventName = "SourceCallbackFailed")]
    public static partial void SourceCallbackFailed(this ILogger logger, Exception error, string source);
}
