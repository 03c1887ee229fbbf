using Microsoft.Extensions.Logging;

namespace FileMonitor.Hosting.Lifetime;

/// <summary>Every log message of this package. Ids continue those of the core: 7xx.</summary>
internal static partial class Log
{
    [LoggerMessage(700, LogLevel.Critical, "Monitor {Monitor} has ended by an error; the host is stopped, as StopHostOnFault says", EventName = "HostStopping")]
    public static partial void HostStopping(this ILogger logger, Exception exception, string monitor);
}
