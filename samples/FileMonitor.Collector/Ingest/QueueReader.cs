using System.Threading.Channels;
using FileMonitor.Collector.Configuration;
using FileMonitor.Collector.Diagnostics;
using FileMonitor.Collector.Storage;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace FileMonitor.Collector.Ingest;

/// <summary>
/// Reads one queue over a channel of its own and stores what comes. A message is acknowledged after the COMMIT of the transaction that stores it, so whatever ends in between only makes
/// it come again. Lives as long as its channel.
/// </summary>
internal sealed class QueueReader(string queue, IChannel channel, BatchWriter writer, CollectorOptions options, CollectorMetrics metrics, TimeProvider time, ILogger logger)
{
    // Records may have 1 MiB each.
    private const int MostBatchBytes = 4 * 1024 * 1024;

    // The broker holds back more than that, so a write never waits.
    private readonly Channel<BasicDeliverEventArgs> _delivered = Channel.CreateBounded<BasicDeliverEventArgs>(options.Broker.Prefetch);
    private readonly BackOff _backOff = new();
    private ulong _settled;

    /// <summary>Reads until the channel is closed or it is told to end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            // The memory of the body is the client's once this returns.
            _delivered.Writer.TryWrite(new(
                message.ConsumerTag, message.DeliveryTag, message.Redelivered, message.Exchange, message.RoutingKey, message.BasicProperties, message.Body.ToArray()));
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, _) => Close();

        // The queue was deleted, or its node went.
        consumer.UnregisteredAsync += (_, _) => Close();
        consumer.ShutdownAsync += (_, _) => Close();
        await channel.BasicQosAsync(0, (ushort)options.Broker.Prefetch, global: false, cancellationToken);
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer, cancellationToken);
        var batch = new List<JournalMessage>();
        while (await _delivered.Reader.WaitToReadAsync(cancellationToken))
        {
            var (last, refused) = TakeBatch(batch);
            await StoreAsync(batch, refused, cancellationToken);
            await SettleAsync(refused, last, cancellationToken);
        }

        throw new OperationInterruptedByBrokerException($"The broker closed the channel of {queue}.");

        Task Close()
        {
            _delivered.Writer.TryComplete();
            return Task.CompletedTask;
        }
    }

    /// <summary>Takes what is there, without waiting for more: while a transaction is committed the next batch comes together.</summary>
    private (ulong Last, List<ulong> Refused) TakeBatch(List<JournalMessage> batch)
    {
        batch.Clear();
        var refused = new List<ulong>();
        ulong last = 0;
        var bytes = 0;
        for (var count = 0; count < options.BatchSize && bytes < MostBatchBytes && _delivered.Reader.TryRead(out var message); count++)
        {
            bytes += message.Body.Length;
            last = message.DeliveryTag;
            if (DeliveredMessage.TryRead(last, message.BasicProperties, message.Body.Span, out var problem) is { } read)
            {
                batch.Add(read);
            }
            else
            {
                Log.Refused(logger, queue, problem);
                refused.Add(last);
            }
        }

        return (last, refused);
    }

    private async Task StoreAsync(List<JournalMessage> batch, List<ulong> refused, CancellationToken cancellationToken)
    {
        while (batch.Count > 0 && channel.IsOpen)
        {
            try
            {
                await StoreOnceAsync(batch, refused, cancellationToken);
                if (_backOff.IsWaiting)
                {
                    Log.DatabaseBack(logger, queue);
                    _backOff.Reset();
                }

                return;
            }
            catch (StaleJournalException stale)
            {
                Log.Stale(logger, stale.Message);
            }
            catch (PostgresException impossible) when (IsAboutValues(impossible) && batch.Count > 1)
            {
                await StoreOneByOneAsync(batch, refused, cancellationToken);
                return;
            }
            catch (PostgresException impossible) when (IsAboutValues(impossible))
            {
                Log.Refused(logger, queue, $"PostgreSQL refuses it with {impossible.SqlState}.");
                refused.Add(batch[0].Tag);
                return;
            }
            catch (Exception lost) when (lost is NpgsqlException or TimeoutException or IOException or InvalidDataException)
            {
                var delay = _backOff.Next();
                Log.DatabaseLost(logger, queue, lost.Message, delay);
                await Task.Delay(delay, time, cancellationToken);
            }
        }
    }

    private async Task StoreOnceAsync(List<JournalMessage> batch, List<ulong> refused, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        var outcome = await writer.WriteAsync(batch, cancellationToken);
        metrics.Stored(outcome.Stored, outcome.Doubled, time.GetElapsedTime(begin));
        foreach (var message in outcome.Refused)
        {
            Log.Refused(logger, queue, "Its index is stored with other bytes; there is an incident.");
            refused.Add(message.Tag);
        }
    }

    /// <summary>One message is what PostgreSQL cannot take; which one shows when each goes alone.</summary>
    private async Task StoreOneByOneAsync(List<JournalMessage> batch, List<ulong> refused, CancellationToken cancellationToken)
    {
        foreach (var message in batch)
        {
            await StoreAsync([message], refused, cancellationToken);
        }
    }

    /// <summary>Refuses first: what is acknowledged up to a tag must not contain them.</summary>
    private async Task SettleAsync(List<ulong> refused, ulong last, CancellationToken cancellationToken)
    {
        if (channel.IsClosed)
        {
            return;
        }

        var end = last;
        metrics.Refused(refused.Count);
        foreach (var tag in refused)
        {
            await channel.BasicRejectAsync(tag, requeue: false, cancellationToken);
        }

        // A tag that is settled already must not be named again.
        while (last > _settled && refused.Contains(last))
        {
            last--;
        }

        if (last > _settled)
        {
            await channel.BasicAckAsync(last, multiple: true, cancellationToken);
        }

        _settled = end;
    }

    private static bool IsAboutValues(PostgresException refusal) =>
        refusal.SqlState.StartsWith("22", StringComparison.Ordinal) || refusal.SqlState.StartsWith("54", StringComparison.Ordinal);
}

/// <summary>The broker ended a channel or the connection.</summary>
internal sealed class OperationInterruptedByBrokerException(string message) : Exception(message);
