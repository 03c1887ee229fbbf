using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace FileMonitor.RabbitMq.Publishing;

/// <summary>
/// One connection with one channel, and what the broker tells over it. The confirmations are tracked by us: the client would wait for each message, and add a header to it. The run
/// sends; the client's thread writes the signals.
/// </summary>
internal sealed class BrokerLink : IAsyncDisposable
{
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);

    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly Channel<BrokerSignal> _signals = Channel.CreateUnbounded<BrokerSignal>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ITimer _timer;
    private readonly TimeProvider _time;
    private readonly CachedString _exchange;
    private readonly CachedString _routingKey;
    private ulong _lastTag;

    private BrokerLink(IConnection connection, IChannel channel, RabbitMqOptions options, TimeProvider time)
    {
        (_connection, _channel, _time) = (connection, channel, time);
        _exchange = new CachedString(options.Exchange);
        _routingKey = new CachedString(HostQueue.NumberOf(options.Host, options.Queues).ToString(CultureInfo.InvariantCulture));
        _timer = time.CreateTimer(static link => ((BrokerLink)link!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _channel.BasicAcksAsync += OnAckAsync;
        _channel.BasicNacksAsync += OnNackAsync;
        _channel.BasicReturnAsync += OnReturnAsync;
        _channel.ChannelShutdownAsync += OnShutdownAsync;
        _connection.ConnectionShutdownAsync += OnShutdownAsync;
        _connection.ConnectionBlockedAsync += OnBlockedAsync;
        _connection.ConnectionUnblockedAsync += OnUnblockedAsync;
    }

    /// <summary>What the broker told, in its order. At most a few for each message that is in flight.</summary>
    public ChannelReader<BrokerSignal> Signals => _signals.Reader;

    /// <summary>Where it leads to: <c>host:port</c>.</summary>
    public string Endpoint => $"{_connection.Endpoint.HostName}:{_connection.Endpoint.Port}";

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The link owns the channel.")]
    public static async Task<BrokerLink> OpenAsync(ConnectionFactory factory, AmqpTcpEndpoint endpoint, RabbitMqOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = await factory.CreateConnectionAsync([endpoint], cancellationToken).ConfigureAwait(false);
        try
        {
            if (options.DeclareTopology)
            {
                await Topology.DeclareAsync(connection, options, cancellationToken).ConfigureAwait(false);
            }

            var confirmed = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);
            return new BrokerLink(connection, await connection.CreateChannelAsync(confirmed, cancellationToken).ConfigureAwait(false), options, time);
        }
        catch
        {
            await AbandonAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sends one message, persistent and mandatory.</summary>
    /// <returns>The tag by which it will be answered.</returns>
    public async ValueTask<ulong> SendAsync(Outgoing message, BasicProperties properties, TimeSpan patience, CancellationToken cancellationToken)
    {
        var sending = _channel.BasicPublishAsync(_exchange, _routingKey, mandatory: true, properties, message.Body, cancellationToken);
        if (!sending.IsCompletedSuccessfully)
        {
            // It waits when the broker does not read.
            await sending.AsTask().WaitAsync(patience, _time, cancellationToken).ConfigureAwait(false);
        }

        return ++_lastTag;
    }

    /// <summary>Tells <see cref="BrokerSignalKind.Time"/>. Any thread.</summary>
    public void Wake() => Tell(new BrokerSignal(BrokerSignalKind.Time));

    /// <summary>Has <see cref="BrokerSignalKind.Time"/> told after a while, once.</summary>
    public void WakeAfter(TimeSpan due) => _timer.Change(due, Timeout.InfiniteTimeSpan);

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await AbandonAsync(_connection).ConfigureAwait(false);
    }

    /// <summary>Closes a connection in order where it still answers; otherwise leaves it.</summary>
    private static async Task AbandonAsync(IConnection connection)
    {
        await connection.CloseAsync(200, "Goodbye", CloseTime, abort: true, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private void Tell(in BrokerSignal signal) => _signals.Writer.TryWrite(signal);

    private Task OnAckAsync(object sender, BasicAckEventArgs told) => TellAsync(new BrokerSignal(BrokerSignalKind.Acked, told.DeliveryTag, told.Multiple));

    private Task OnNackAsync(object sender, BasicNackEventArgs told) => TellAsync(new BrokerSignal(BrokerSignalKind.Nacked, told.DeliveryTag, told.Multiple));

    private Task OnReturnAsync(object sender, BasicReturnEventArgs told) =>
        TellAsync(new BrokerSignal(BrokerSignalKind.Returned, Text: told.BasicProperties.MessageId ?? "", Reason: told.ReplyText));

    private Task OnShutdownAsync(object sender, ShutdownEventArgs told) => TellAsync(new BrokerSignal(BrokerSignalKind.Closed, Text: told.ReplyText));

    private Task OnBlockedAsync(object sender, ConnectionBlockedEventArgs told) => TellAsync(new BrokerSignal(BrokerSignalKind.Blocked, Text: told.Reason));

    private Task OnUnblockedAsync(object sender, AsyncEventArgs told) => TellAsync(new BrokerSignal(BrokerSignalKind.Unblocked));

    private Task TellAsync(in BrokerSignal signal)
    {
        Tell(signal);
        return Task.CompletedTask;
    }
}
