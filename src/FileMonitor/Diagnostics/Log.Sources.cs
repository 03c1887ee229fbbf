using Microsoft.Extensions.Logging;

namespace FileMonitor.Diagnostics;

/// <summary>Which source watches which root: 204 and on.</summary>
internal static partial class Log
{
    [LoggerMessage(204, LogLevel.Information, "{Root} is polled: {Reason}", EventName = "RootPolled")]
    public static partial void RootPolled(this ILogger logger, string root, string reason);
}
