using FileMonitor.Durable;
using Microsoft.Extensions.Logging;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>Publishes a journal: the consumer that the monitor starts and stops.</summary>
internal sealed class RabbitMqPublisher(RabbitMqOptions options, TimeProvider time, ILogger logger) : IJournalConsumer
{
    public string Name => options.Name;

    public async Task RunAsync(JournalSubscription journal, CancellationToken cancellationToken)
    {
        var feed = new JournalFeed(journal, logger, cancellationToken);
        await using (feed.ConfigureAwait(false))
        {
            await new PublishRun(journal, feed, options, time, logger).RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
