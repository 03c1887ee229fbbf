using Microsoft.Extensions.Logging;

namespace FileMonitor.Diagnostics;

/// <summary>Event ids 600 to 649: sinks.</summary>
internal static partial class Log
{
    [LoggerMessage(600, LogLevel.Warning, "Sink {Sink} is losing events, from #{FirstSequence} on: {Error}", EventName = "SinkFailing")]
    public static partial void SinkFailing(this ILogger logger, string sink, long firstSequence, string error);

    [LoggerMessage(601, LogLevel.Information, "Sink {Sink} works again; it does not have {Dropped} events between #{FirstSequence} and #{LastSequence}", EventName = "SinkRecovered")]
    public static partial void SinkRecovered(this ILogger logger, string sink, long dropped, long firstSequence, long lastSequence);

    [LoggerMessage(602, LogLevel.Warning, "Sink {Sink} had not recovered when the monitor stopped; it does not have {Dropped} events between #{FirstSequence} and #{LastSequence}: {Error}", EventName = "SinkFailedAtStop")]
    public static partial void SinkFailedAtStop(this ILogger logger, string sink, long dropped, long firstSequence, long lastSequence, string error);

    [LoggerMessage(603, LogLevel.Warning, "Sink {Sink} took {Written} events but was not flushed: {Error}", EventName = "SinkNotFlushed")]
    public static partial void SinkNotFlushed(this ILogger logger, string sink, long written, string error);

    [LoggerMessage(604, LogLevel.Debug, "A call of sink {Sink} failed (failure {Failures})", EventName = "SinkCallFailed")]
    public static partial void SinkCallFailed(this ILogger logger, Exception error, string sink, long failures);
}
