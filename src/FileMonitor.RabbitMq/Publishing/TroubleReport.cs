using FileMonitor.Durable;
using Microsoft.Extensions.Logging;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>Tells what keeps messages from being confirmed: health at once, the log when it changes, and the same again at most once a minute. Owned by the run.</summary>
internal sealed class TroubleReport(JournalSubscription journal, RabbitMqOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private BrokerTrouble _now;
    private BrokerTrouble _logged;
    private long _loggedAt;
    private bool _isOpenInLog;

    public bool HasTrouble => _now != BrokerTrouble.None;

    public void Connected(string endpoint) =>
        logger.BrokerConnected(journal.Origin, endpoint, options.QueueName(HostQueue.NumberOf(options.Host, options.Queues)), journal.Lag);

    public void Trouble(BrokerTrouble trouble, string reason)
    {
        journal.ReportProblem($"{SentenceOf(trouble)} {reason}");
        var isSame = _now == trouble;
        _now = trouble;
        if (isSame || (_logged == trouble && time.GetElapsedTime(_loggedAt) < Quiet))
        {
            return;
        }

        (_logged, _loggedAt, _isOpenInLog) = (trouble, time.GetTimestamp(), true);
        switch (trouble)
        {
            case BrokerTrouble.Returned:
                logger.MessageReturned(journal.Origin, reason);
                break;
            case BrokerTrouble.Refused:
                logger.MessageRefused(journal.Origin, reason);
                break;
            case BrokerTrouble.TimedOut:
                logger.ConfirmTimedOut(journal.Origin, reason);
                break;
            case BrokerTrouble.Blocked:
                logger.PublishingBlocked(journal.Origin, reason);
                break;
            default:
                logger.BrokerUnavailable(journal.Origin, reason);
                break;
        }
    }

    public void Resumed()
    {
        if (_now == BrokerTrouble.None)
        {
            return;
        }

        _now = BrokerTrouble.None;
        journal.ReportProblem(null);
        if (_isOpenInLog)
        {
            _isOpenInLog = false;
            logger.PublishingResumed(journal.Origin, journal.Lag);
        }
    }

    private static string SentenceOf(BrokerTrouble trouble) => trouble switch
    {
        BrokerTrouble.Returned => "No queue takes what is published.",
        BrokerTrouble.Refused => "RabbitMQ refuses messages.",
        BrokerTrouble.TimedOut => "RabbitMQ does not confirm in time.",
        BrokerTrouble.Blocked => "RabbitMQ takes nothing from publishers.",
        _ => "RabbitMQ cannot be reached.",
    };
}
