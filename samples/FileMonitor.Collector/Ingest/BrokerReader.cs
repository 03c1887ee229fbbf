using FileMonitor.Collector.Configuration;
using FileMonitor.Collector.Diagnostics;
using FileMonitor.Collector.Storage;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace FileMonitor.Collector.Ingest;

/// <summary>
/// Keeps a connection to the broker and a reader on each queue. When any of it ends, all of it is begun anew: messages that were not acknowledged come again, and tags of an old channel
/// mean nothing on a new one.
/// </summary>
internal sealed class BrokerReader(
    Database database, CollectorOptions options, CollectorMetrics metrics, ReadingState state, TimeProvider time, ILogger<BrokerReader> logger) : BackgroundService
{
    private readonly BackOff _backOff = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await PrepareDatabaseAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ReadAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception lost) when (lost is RabbitMQClientException or OperationInterruptedByBrokerException or IOException or TimeoutException or OperationCanceledException)
            {
                state.Lost();
                var delay = _backOff.Next();
                Log.BrokerLost(logger, Describe(lost), delay);
                await Task.Delay(delay, time, stoppingToken);
            }
        }
    }

    private async Task PrepareDatabaseAsync(CancellationToken stoppingToken)
    {
        for (; ; )
        {
            try
            {
                await Migrations.ApplyAsync(database.Writer, stoppingToken);
                state.DatabaseIsReady();
                _backOff.Reset();
                return;
            }
            catch (Exception lost) when (lost is NpgsqlException or TimeoutException or IOException)
            {
                var delay = _backOff.Next();
                Log.MigrationFailed(logger, lost.Message, delay);
                await Task.Delay(delay, time, stoppingToken);
            }
        }
    }

    private async Task ReadAsync(CancellationToken stoppingToken)
    {
        var broker = options.Broker;
        var factory = new ConnectionFactory
        {
            UserName = broker.UserName,
            Password = broker.Password,
            VirtualHost = broker.VirtualHost,
            ClientProvidedName = "filemonitor-collector",
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
        };
        await using var connection = await factory.CreateConnectionAsync([.. broker.Endpoints.Select(Endpoint)], stoppingToken);
        await DeclareAsync(connection, stoppingToken);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var readers = new List<Task>();
        var channels = new List<IChannel>();
        try
        {
            for (var queue = 0; queue < broker.Queues; queue++)
            {
                var channel = await connection.CreateChannelAsync(cancellationToken: stoppingToken);
                channels.Add(channel);
                var reader = new QueueReader($"{broker.Exchange}.{queue}", channel, new(database.Writer, options, time), options, metrics, time, logger);
                readers.Add(reader.RunAsync(ended.Token));
            }

            Log.Connected(logger, connection.Endpoint.ToString(), broker.Queues, broker.Exchange);
            _backOff.Reset();
            state.Connected(time.GetUtcNow().UtcDateTime);
            await await Task.WhenAny(readers);
        }
        finally
        {
            // The first that ends says why; the others end with it, each after what it is committing.
            await ended.CancelAsync();
            await Task.WhenAll(readers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var channel in channels)
            {
                await channel.DisposeAsync();
            }
        }
    }

    /// <summary>As the publishers declare it, so that it does not matter who comes first.</summary>
    private async Task DeclareAsync(IConnection connection, CancellationToken cancellationToken)
    {
        var (exchange, dead) = (options.Broker.Exchange, $"{options.Broker.Exchange}.dead");
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Direct, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(dead, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(
            dead, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(dead, dead, "", cancellationToken: cancellationToken);
        for (var queue = 0; queue < options.Broker.Queues; queue++)
        {
            var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-dead-letter-exchange"] = dead, ["x-single-active-consumer"] = true };
            await channel.QueueDeclareAsync($"{exchange}.{queue}", durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
            await channel.QueueBindAsync($"{exchange}.{queue}", exchange, $"{queue}", cancellationToken: cancellationToken);
        }
    }

    private static AmqpTcpEndpoint Endpoint(Uri address) => new(address) { Ssl = { Enabled = address.Scheme == "amqps", ServerName = address.Host } };

    // The innermost sentence is the one that says what happened.
    private static string Describe(Exception lost) => lost.GetBaseException().Message;
}
