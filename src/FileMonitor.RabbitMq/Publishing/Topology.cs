using System.Globalization;
using RabbitMQ.Client;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>The exchanges and queues, as docs/fleet.md has them. Whoever declares them a second time with the same arguments changes nothing.</summary>
internal static class Topology
{
    public static async Task DeclareAsync(IConnection connection, RabbitMqOptions options, CancellationToken cancellationToken)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (channel.ConfigureAwait(false))
        {
            await channel.ExchangeDeclareAsync(options.Exchange, ExchangeType.Direct, durable: true, cancellationToken: cancellationToken).ConfigureAwait(false);
            await channel.ExchangeDeclareAsync(options.DeadLetters, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken).ConfigureAwait(false);
            await channel.QueueDeclareAsync(options.DeadLetters, durable: true, exclusive: false, autoDelete: false, Quorum(), cancellationToken: cancellationToken).ConfigureAwait(false);
            await channel.QueueBindAsync(options.DeadLetters, options.DeadLetters, "", cancellationToken: cancellationToken).ConfigureAwait(false);
            for (var number = 0; number < options.Queues; number++)
            {
                var arguments = Quorum();
                arguments["x-dead-letter-exchange"] = options.DeadLetters;
                arguments["x-single-active-consumer"] = true;
                await channel.QueueDeclareAsync(options.QueueName(number), durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
                await channel.QueueBindAsync(options.QueueName(number), options.Exchange, number.ToString(CultureInfo.InvariantCulture), cancellationToken: cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static Dictionary<string, object?> Quorum() => new() { ["x-queue-type"] = "quorum" };
}
