using Microsoft.Extensions.Logging;

namespace FileMonitor.Diagnostics;

/// <summary>
/// Every log message of the library. Ids are never renumbered: 1xx lifecycle, 2xx sources, 3xx pipeline, 6xx sinks. Transitions are logged,
/// events are counted. Paths of roots appear; paths of files only in messages about that file.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "Monitor {Monitor} is watching with {Source}; roots: {Roots}, items in the baseline: {Items}", EventName = "MonitorStarted")]
    public static partial void MonitorStarted(this ILogger logger, string monitor, int roots, string source, int items);

    [LoggerMessage(101, LogLevel.Information, "Monitor {Monitor} is stopping", EventName = "MonitorStopping")]
    public static partial void MonitorStopping(this ILogger logger, string monitor);

    [LoggerMessage(102, LogLevel.Information, "Monitor {Monitor} stopped; events: {Events}", EventName = "MonitorStopped")]
    public static partial void MonitorStopped(this ILogger logger, string monitor, long events);

    [LoggerMessage(103, LogLevel.Error, "Monitor {Monitor} could not start", EventName = "StartFailed")]
    public static partial void StartFailed(this ILogger logger, Exception exception, string monitor);

    [LoggerMessage(104, LogLevel.Critical, "Monitor {Monitor} ended because of a defect", EventName = "MonitorFaulted")]
    public static partial void MonitorFaulted(this ILogger logger, Exception exception, string monitor);

    [LoggerMessage(105, LogLevel.Warning, "The shutdown timeout of {Timeout} passed; what is unfinished is cut off and reported", EventName = "ShutdownTimeout")]
    public static partial void ShutdownTimedOut(this ILogger logger, TimeSpan timeout);

    [LoggerMessage(106, LogLevel.Warning, "The {Step} step of the stop failed", EventName = "StopStepFailed")]
    public static partial void StopStepFailed(this ILogger logger, Exception exception, string step);

    [LoggerMessage(107, LogLevel.Warning, "Root {Root} cannot be watched: {Problem}", EventName = "RootLost")]
    public static partial void RootLost(this ILogger logger, string root, string problem);

    [LoggerMessage(108, LogLevel.Information, "Root {Root} is watched again", EventName = "RootRestored")]
    public static partial void RootRestored(this ILogger logger, string root);

    [LoggerMessage(109, LogLevel.Warning, "The clock of {Monitor} jumped by {Jump}: everything is compared with the disk", EventName = "ClockJumped")]
    public static partial void ClockJumped(this ILogger logger, string monitor, TimeSpan jump);

    [LoggerMessage(110, LogLevel.Error, "Root {Root} could not be checked because of a defect; it is checked again", EventName = "RootCheckFailed")]
    public static partial void RootCheckFailed(this ILogger logger, Exception exception, string root);

    [LoggerMessage(111, LogLevel.Warning, "Monitor {Monitor} was never started, and nothing was watched: call its StartAsync, or AsHostedService where it is added to a host", EventName = "NeverStarted")]
    public static partial void NeverStarted(this ILogger logger, string monitor);

    [LoggerMessage(112, LogLevel.Warning, "Monitor {Monitor} has been read for {Wait} and is not started: no event comes before its StartAsync is called, which AsHostedService does in a host", EventName = "ReaderWaitsForStart")]
    public static partial void ReaderWaitsForStart(this ILogger logger, string monitor, TimeSpan wait);

    [LoggerMessage(113, LogLevel.Information, "Link {Link} is followed: {Root} is watched by monitor {Monitor}", EventName = "LinkFollowed")]
    public static partial void LinkFollowed(this ILogger logger, string link, string root, string monitor);

    [LoggerMessage(114, LogLevel.Warning, "Link {Link} of monitor {Monitor} is not followed: {Reason}", EventName = "LinkNotFollowed")]
    public static partial void LinkNotFollowed(this ILogger logger, string link, string monitor, string reason);

    [LoggerMessage(115, LogLevel.Information, "No followed link leads to {Root} any more: monitor {Monitor} does not watch it", EventName = "LinkLeft")]
    public static partial void LinkLeft(this ILogger logger, string root, string monitor);

    [LoggerMessage(116, LogLevel.Error, "The followed links of monitor {Monitor} could not be reviewed; they are reviewed again", EventName = "LinksNotReviewed")]
    public static partial void LinksNotReviewed(this ILogger logger, Exception exception, string monitor);

    [LoggerMessage(117, LogLevel.Information, "{Root} is no followed directory of monitor {Monitor} any more: a root of the host is there, in it or around it", EventName = "FollowedRootGaveWay")]
    public static partial void FollowedRootGaveWay(this ILogger logger, string root, string monitor);

    [LoggerMessage(200, LogLevel.Warning, "The watcher of {Root} reported an error and is restarted in {Delay}", EventName = "SourceRestarting")]
    public static partial void SourceRestarting(this ILogger logger, Exception exception, string root, TimeSpan delay);

    [LoggerMessage(201, LogLevel.Information, "The watcher of {Root} was restarted", EventName = "SourceRestarted")]
    public static partial void SourceRestarted(this ILogger logger, string root);

    [LoggerMessage(202, LogLevel.Error, "The watcher of {Root} could not be restarted; the next attempt is in {Delay}", EventName = "SourceRestartFailed")]
    public static partial void SourceRestartFailed(this ILogger logger, Exception exception, string root, TimeSpan delay);

    [LoggerMessage(203, LogLevel.Warning, "Directories below {Root} cannot be watched: {Problem}", EventName = "PartialCoverage")]
    public static partial void PartialCoverage(this ILogger logger, string root, string problem);

    [LoggerMessage(300, LogLevel.Warning, "Gap {Number} below {Root}: {Cause}, {Lost} hints lost. {Detail}", EventName = "GapOpened")]
    public static partial void GapOpened(this ILogger logger, GapCause cause, long lost, string root, long number, string detail);

    [LoggerMessage(303, LogLevel.Trace, "#{Sequence} {Kind} below {Root}: {Path}", EventName = "EventTold")]
    public static partial void EventTold(this ILogger logger, long sequence, AuditEventKind kind, string root, string path);

    [LoggerMessage(302, LogLevel.Information, "Gap {Number} below {Root} ({Cause}) is closed; changes found by comparing with the disk: {Found}", EventName = "GapClosed")]
    public static partial void GapClosed(this ILogger logger, GapCause cause, long found, string root, long number);

    [LoggerMessage(301, LogLevel.Error, "A change could not be handled because of a defect", EventName = "ChangeFailed")]
    public static partial void ChangeFailed(this ILogger logger, Exception exception);
}
