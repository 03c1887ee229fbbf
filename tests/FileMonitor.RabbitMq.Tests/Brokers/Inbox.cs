using System.Globalization;
using System.Text;
using System.Threading.Channels;
using FluentAssertions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>A message as a receiver gets it.</summary>
internal sealed record Received(string Type, string ContentType, string App, string Id, bool IsPersistent, string Host, string Journal, long Sequence, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A receiver of one queue, with a connection of its own.</summary>
internal sealed class Inbox : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly Channel<Received> _received = System.Threading.Channels.Channel.CreateUnbounded<Received>();

    private Inbox(IConnection connection, IChannel channel) => (_connection, Channel) = (connection, channel);

    /// <summary>For whatever a test does to the broker by itself.</summary>
    public IChannel Channel { get; }

    public static async Task<Inbox> ConnectAsync(int port)
    {
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = port, UserName = "guest", Password = "guest" };
        var connection = await factory.CreateConnectionAsync();
        return new Inbox(connection, await connection.CreateChannelAsync());
    }

    /// <summary>Begins to receive. Messages are acknowledged at once.</summary>
    public async Task ConsumeAsync(string queue)
    {
        var consumer = new AsyncEventingBasicConsumer(Channel);
        consumer.ReceivedAsync += (_, told) =>
        {
            _received.Writer.TryWrite(Of(told.BasicProperties, told.Body));
            return Task.CompletedTask;
        };
        await Channel.BasicConsumeAsync(queue, autoAck: true, consumer);
    }

    /// <summary>Rejects every message of a queue, as a receiver that can never use them.</summary>
    public async Task RejectAsync(string queue)
    {
        var consumer = new AsyncEventingBasicConsumer(Channel);
        consumer.ReceivedAsync += async (_, told) => await Channel.BasicRejectAsync(told.DeliveryTag, requeue: false);
        await Channel.BasicConsumeAsync(queue, autoAck: false, consumer);
    }

    /// <summary>Declares the exchange and the queue of a host by itself, and binds them.</summary>
    public async Task DeclareAsync(PublishingHost host, Dictionary<string, object?> arguments)
    {
        await Channel.ExchangeDeclareAsync(host.Exchange, ExchangeType.Direct, durable: true);
        await Channel.QueueDeclareAsync(host.Queue, durable: true, exclusive: false, autoDelete: false, arguments);
        await Channel.QueueBindAsync(host.Queue, host.Exchange, "0");
    }

    /// <summary>Reads until a message is what is waited for, that one included.</summary>
    public async Task<List<Received>> ReadUntilAsync(Func<Received, bool> isLast, CancellationToken cancellationToken)
    {
        var read = new List<Received>();
        while (read.Count == 0 || !isLast(read[^1]))
        {
            read.Add(await _received.Reader.ReadAsync(cancellationToken));
        }

        return read;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.CloseAsync();
        await _connection.DisposeAsync();
    }

    private static Received Of(IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body)
    {
        var headers = properties.Headers!.Where(header => header.Key != "x-death" && !header.Key.StartsWith("x-first-death", StringComparison.Ordinal)).ToDictionary();
        headers.Keys.Should().BeEquivalentTo("host", "journal", "sequence");
        return new Received(
            properties.Type!,
            properties.ContentType!,
            properties.AppId!,
            properties.MessageId!,
            properties.DeliveryMode == DeliveryModes.Persistent,
            Encoding.UTF8.GetString((byte[])headers["host"]!),
            Encoding.UTF8.GetString((byte[])headers["journal"]!),
            Convert.ToInt64(headers["sequence"], CultureInfo.InvariantCulture),
            body.ToArray());
    }
}
