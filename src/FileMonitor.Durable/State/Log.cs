using Microsoft.Extensions.Logging;

namespace FileMonitor.Durable.State;

/// <summary>Log messages of the durable state. docs/diagnostics.md lists them.</summary>
internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Information, "The durable state of {Monitor} is open; records: {Records}, of them applied to the baseline now: {Redone}", EventName = "StateOpened")]
    public static partial void StateOpened(this ILogger logger, string monitor, long records, long redone);

    [LoggerMessage(401, LogLevel.Warning, "The durable state of {Monitor} was repaired at start: {Detail}", EventName = "StateRecovered")]
    public static partial void StateRecovered(this ILogger logger, string monitor, string detail);

    [LoggerMessage(402, LogLevel.Error, "The journal of {Monitor} cannot be written; events are held back until it can", EventName = "EventsHeldBack")]
    public static partial void EventsHeldBack(this ILogger logger, Exception error, string monitor);

    [LoggerMessage(403, LogLevel.Warning, "A checkpoint of the journal of {Monitor} could not be made; it is tried again", EventName = "CheckpointPostponed")]
    public static partial void CheckpointPostponed(this ILogger logger, Exception error, string monitor);

    [LoggerMessage(404, LogLevel.Warning, "The disk is full: the oldest segment of the journal of {Monitor} was deleted, read or not", EventName = "SegmentDropped")]
    public static partial void SegmentDropped(this ILogger logger, string monitor);

    [LoggerMessage(405, LogLevel.Error, "The stored baseline is damaged and was moved to {File}; the next start takes a new one", EventName = "BaselineDamaged")]
    public static partial void BaselineDamaged(this ILogger logger, Exception error, string file);

    [LoggerMessage(406, LogLevel.Error, "The places of consumers could not be read; the file was moved to {File}, and they begin with the oldest event", EventName = "CursorsDamaged")]
    public static partial void CursorsDamaged(this ILogger logger, string file);

    [LoggerMessage(407, LogLevel.Warning, "The upkeep of the durable state of {Monitor} failed; it is tried again", EventName = "UpkeepFailed")]
    public static partial void UpkeepFailed(this ILogger logger, Exception error, string monitor);

    [LoggerMessage(408, LogLevel.Error, "The dead letters of handler {Handler} could not be read; the file was moved to {File}, and the list begins anew", EventName = "DeadLettersDamaged")]
    public static partial void DeadLettersDamaged(this ILogger logger, string handler, string file);

    [LoggerMessage(409, LogLevel.Error, "The consumer {Consumer} of the journal of {Monitor} failed; it is started again in {Pause}", EventName = "ConsumerFailed")]
    public static partial void ConsumerFailed(this ILogger logger, Exception error, string consumer, string monitor, TimeSpan pause);

    [LoggerMessage(410, LogLevel.Warning, "The consumer {Consumer} of the journal of {Monitor} did not end when it was told to; the next start continues behind record {Record}", EventName = "ConsumerAbandoned")]
    public static partial void ConsumerAbandoned(this ILogger logger, string consumer, string monitor, long record);

    [LoggerMessage(411, LogLevel.Warning, "The anchor of the journal of {Monitor} does not take the next checkpoint; it is tried again. Records anchored in this run: {Anchored}", EventName = "AnchorFailed")]
    public static partial void AnchorFailed(this ILogger logger, Exception error, string monitor, long anchored);

    [LoggerMessage(412, LogLevel.Information, "The anchor of the journal of {Monitor} takes checkpoints again; records anchored: {Anchored}", EventName = "AnchorRestored")]
    public static partial void AnchorRestored(this ILogger logger, string monitor, long anchored);

    [LoggerMessage(413, LogLevel.Critical, "The journal of {Monitor} is not what was written: {Problem}", EventName = "JournalWrong")]
    public static partial void JournalWrong(this ILogger logger, string monitor, string problem);

    [LoggerMessage(414, LogLevel.Warning, "The journal of {Monitor} could not be verified; it is tried again after the interval: {Failure}", EventName = "VerificationFailed")]
    public static partial void VerificationFailed(this ILogger logger, string monitor, string failure);
}
