using Microsoft.Extensions.Logging;

namespace FileMonitor.Diagnostics;

/// <summary>Event ids 650 to 699: handlers.</summary>
internal static partial class Log
{
    [LoggerMessage(650, LogLevel.Debug, "A call of handler {Handler} for event #{Sequence} failed", EventName = "HandlerCallFailed")]
    public static partial void HandlerCallFailed(this ILogger logger, Exception error, string handler, long sequence);

    [LoggerMessage(651, LogLevel.Error, "Handler {Handler} failed {Attempts} times for event #{Sequence}; the event is a dead letter now", EventName = "HandlerParked")]
    public static partial void HandlerParked(this ILogger logger, Exception error, string handler, long sequence, int attempts);

    [LoggerMessage(652, LogLevel.Error, "Event #{Sequence} waits, because the dead letters of handler {Handler} cannot be written; it is tried again", EventName = "HandlerNotParked")]
    public static partial void HandlerNotParked(this ILogger logger, Exception error, string handler, long sequence);

    [LoggerMessage(653, LogLevel.Warning, "The stop ran out of time before handler {Handler} was done with {Left} events; {Outcome}", EventName = "HandlerCutOff")]
    public static partial void HandlerCutOff(this ILogger logger, string handler, long left, string outcome);

    [LoggerMessage(654, LogLevel.Error, "Handler {Handler} gets no more events, because they cannot be read", EventName = "HandlerEnded")]
    public static partial void HandlerEnded(this ILogger logger, Exception error, string handler);

    [LoggerMessage(655, LogLevel.Warning, "A callback that handler {Handler} registered with the token of a call failed", EventName = "HandlerCallbackFailed")]
    public static partial void HandlerCallbackFailed(this ILogger logger, Exception error, string handler);

    [LoggerMessage(656, LogLevel.Error, "The dead letter of event #{Sequence} was handled by {Handler} but cannot be removed from the list", EventName = "HandlerLetterKept")]
    public static partial void HandlerLetterKept(this ILogger logger, Exception error, string handler, long sequence);

    [LoggerMessage(657, LogLevel.Information, "Handler {Handler} did not get the content of event #{Sequence}, because the file has another one by now; a later event tells of it", EventName = "HandlerSuperseded")]
    public static partial void HandlerSuperseded(this ILogger logger, string handler, long sequence);
}
