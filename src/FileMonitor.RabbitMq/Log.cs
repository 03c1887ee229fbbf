using Microsoft.Extensions.Logging;

namespace FileMonitor.RabbitMq;

/// <summary>Log messages. docs/diagnostics.md lists them.</summary>
internal static partial class Log
{
    [LoggerMessage(800, LogLevel.Information, "The journal {Journal} is published to {Endpoint}, queue {Queue}; {Lag} records wait", EventName = "BrokerConnected")]
    public static partial void BrokerConnected(this ILogger logger, string journal, string endpoint, string queue, long lag);

    [LoggerMessage(801, LogLevel.Warning, "RabbitMQ cannot be reached, or the connection was lost: records wait in the journal {Journal}, and it is tried again. {Reason}", EventName = "BrokerUnavailable")]
    public static partial void BrokerUnavailable(this ILogger logger, string journal, string reason);

    [LoggerMessage(802, LogLevel.Warning, "No queue takes what is published: records wait in the journal {Journal}, and it is tried again. {Reason}", EventName = "MessageReturned")]
    public static partial void MessageReturned(this ILogger logger, string journal, string reason);

    [LoggerMessage(803, LogLevel.Warning, "RabbitMQ refused a message: records wait in the journal {Journal}, and it is tried again. {Reason}", EventName = "MessageRefused")]
    public static partial void MessageRefused(this ILogger logger, string journal, string reason);

    [LoggerMessage(804, LogLevel.Warning, "RabbitMQ did not confirm in time: another connection is made, and what the journal {Journal} sent is sent again. {Reason}", EventName = "ConfirmTimedOut")]
    public static partial void ConfirmTimedOut(this ILogger logger, string journal, string reason);

    [LoggerMessage(805, LogLevel.Information, "RabbitMQ confirms again what the journal {Journal} publishes; {Lag} records wait", EventName = "PublishingResumed")]
    public static partial void PublishingResumed(this ILogger logger, string journal, long lag);

    [LoggerMessage(806, LogLevel.Warning, "RabbitMQ takes nothing from publishers at the moment: records wait in the journal {Journal}. {Reason}", EventName = "PublishingBlocked")]
    public static partial void PublishingBlocked(this ILogger logger, string journal, string reason);

    [LoggerMessage(807, LogLevel.Error, "Records {First} to {Last} of the journal {Journal} were deleted before they were published", EventName = "RecordsMissing")]
    public static partial void RecordsMissing(this ILogger logger, string journal, long first, long last);
}
