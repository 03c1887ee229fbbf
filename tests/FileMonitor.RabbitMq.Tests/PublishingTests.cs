using System.Text.Json;
using FileMonitor.RabbitMq.Tests.Brokers;
using FluentAssertions;
using Xunit;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>What a receiver gets from a real broker when all goes well, over restarts of the monitor, and through TLS.</summary>
[Collection(BrokerCollection.Name)]
public sealed class PublishingTests(BrokerFixture broker)
{
    private static CancellationToken Token => Deadline.Token;

    [Fact]
    public async Task Everything_is_published_in_order_byte_for_byte_and_the_checkpoints_are_true()
    {
        using var host = new PublishingHost(broker.Port);
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 1500);
            await host.CaughtUpAsync(monitor, Token);
        }

        await using var inbox = await Inbox.ConnectAsync(broker.Port);
        await inbox.ConsumeAsync(host.Queue);
        var journal = host.Journal();
        var received = await inbox.ReadUntilAsync(message => message.Type == "checkpoint" && message.Sequence == journal.Count, Token);

        var origin = received[0].Journal;
        received.Should().OnlyContain(message => message.IsPersistent && message.App == "filemonitor" && message.Host == "web1" && message.Journal == origin);
        (received[0].Type, received[0].Id, received[0].Sequence, received[0].ContentType).Should().Be(("key", origin + "/key", 0L, "text/plain"));
        received[0].Text.Should().Be(await File.ReadAllTextAsync(Path.Join(host.State, "journal.pub"), Token));
        var records = received.Where(message => message.Type == "record").ToList();
        records.Select(message => message.Sequence).Should().Equal(journal.Keys);
        records.Select(message => message.Text).Should().Equal(journal.Values);
        records.Should().OnlyContain(message => message.ContentType == "application/json");
        records.Select(message => message.Id).Should().Equal(journal.Select(record => IdOf(record.Value) ?? $"{origin}/{record.Key}"));
        records[^1].Text.Should().Contain("\"kind\":\"Stopped\"");
        ShouldHaveTrueCheckpoints(received, journal);
    }

    [Fact]
    public async Task After_a_restart_it_goes_on_where_it_was()
    {
        using var host = new PublishingHost(broker.Port);
        await using var inbox = await Inbox.ConnectAsync(broker.Port);
        for (var run = 0; run < 3; run++)
        {
            await using var monitor = await host.StartAsync(Token);
            await host.WriteAsync(monitor, $"{run}", 50);
            await host.CaughtUpAsync(monitor, Token);
        }

        await inbox.ConsumeAsync(host.Queue);
        var journal = host.Journal();
        var received = await inbox.ReadUntilAsync(message => message.Type == "checkpoint" && message.Sequence == journal.Count, Token);

        var records = received.Where(message => message.Type == "record").ToList();
        records.Select(message => message.Sequence).Should().Equal(journal.Keys, "each orderly stop published everything, and each start continued behind it");
        records.Select(message => message.Text).Should().Equal(journal.Values);
        received.Count(message => message.Type == "key").Should().Be(3);
    }

    [Fact]
    public async Task What_an_unreachable_broker_did_not_get_before_a_stop_it_gets_after_the_next_start()
    {
        await using var gate = new Gate(broker.Port);
        using var host = new PublishingHost(gate.Port);
        gate.Close();
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 50);
        }

        gate.Open();
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "b", 50);
            await host.CaughtUpAsync(monitor, Token);
        }

        await using var inbox = await Inbox.ConnectAsync(broker.Port);
        await inbox.ConsumeAsync(host.Queue);
        var journal = host.Journal();
        var received = await inbox.ReadUntilAsync(message => message.Type == "checkpoint" && message.Sequence == journal.Count, Token);

        received.Where(message => message.Type == "record").Select(message => message.Text).Should().Equal(journal.Values);
    }

    [Fact]
    public async Task Hosts_have_their_queues_and_dead_letters_one_of_their_own()
    {
        using var host = new PublishingHost(broker.Port);
        host.Configure = mq => mq.Queues = 4;
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.CaughtUpAsync(monitor, Token);
        }

        await using var inbox = await Inbox.ConnectAsync(broker.Port);
        for (var queue = 0; queue < 4; queue++)
        {
            ((await inbox.Channel.QueueDeclarePassiveAsync($"{host.Exchange}.{queue}", Token)).MessageCount > 0).Should().Be(queue == 2, "that is the queue of web1");
        }

        // A receiver declares the same, and rejects what it cannot use.
        await inbox.Channel.QueueDeclareAsync(
            $"{host.Exchange}.2",
            durable: true,
            exclusive: false,
            autoDelete: false,
            new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-dead-letter-exchange"] = host.Exchange + ".dead", ["x-single-active-consumer"] = true },
            cancellationToken: Token);
        await inbox.RejectAsync($"{host.Exchange}.2");
        await inbox.ConsumeAsync(host.Exchange + ".dead");
        (await inbox.ReadUntilAsync(_ => true, Token)).Should().ContainSingle().Which.Type.Should().Be("key");
    }

    [Fact]
    public async Task Through_tls_with_an_authority_of_its_own()
    {
        using var host = new PublishingHost();
        host.Configure = mq =>
        {
            mq.Endpoints.Add($"amqps://127.0.0.1:{broker.TlsPort}");
            (mq.Tls.CaFile, mq.Tls.ServerName) = (broker.CaFile, "broker.test");
        };
        broker.Node.Should().NotBeNull();
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 5);
            await host.CaughtUpAsync(monitor, Token);
        }

        await using var inbox = await Inbox.ConnectAsync(broker.Port);
        await inbox.ConsumeAsync(host.Queue);
        var journal = host.Journal();
        (await inbox.ReadUntilAsync(message => message.Type == "checkpoint" && message.Sequence == journal.Count, Token)).Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("authority")]
    [InlineData("name")]
    public async Task A_broker_that_cannot_prove_who_it_is_gets_nothing(string wrong)
    {
        using var host = new PublishingHost();
        host.Configure = mq =>
        {
            mq.Endpoints.Add($"amqps://127.0.0.1:{broker.TlsPort}");
            mq.Tls.CaFile = wrong == "authority" ? broker.OtherCaFile : broker.CaFile;
            mq.Tls.ServerName = wrong == "name" ? "elsewhere.test" : "broker.test";
        };
        broker.Node.Should().NotBeNull();

        await using var monitor = await host.StartAsync(Token);
        await host.Log.SeesAsync("BrokerUnavailable").WaitAsync(Token);

        host.Log.Entries.Should().NotContain(entry => entry.Name == "BrokerConnected");
        monitor.GetHealth().Store!.Cursors.Should().ContainSingle(cursor => cursor.Name == "records/rabbitmq").Which.Problem.Should().Contain("cannot be reached");
    }

    private static string? IdOf(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.TryGetProperty("id", out var id) ? id.GetString() : null;
    }

    /// <summary>Each comes after its records, and its root and signature are those of the lines that were received.</summary>
    private static void ShouldHaveTrueCheckpoints(List<Received> received, SortedDictionary<long, string> journal)
    {
        var checkpoints = received.Where(message => message.Type == "checkpoint").ToList();
        checkpoints.Should().HaveCountGreaterThan(1);
        var lines = received.Where(message => message.Type == "record").Select(message => message.Body).ToList();
        foreach (var checkpoint in checkpoints)
        {
            checkpoint.Id.Should().Be($"{checkpoint.Journal}/checkpoint/{checkpoint.Sequence}");
            received.TakeWhile(message => message != checkpoint).Count(message => message.Type == "record" && message.Sequence < checkpoint.Sequence).Should().Be((int)checkpoint.Sequence);
            ReceivedTree.Verify(checkpoint.Text, received[0].Text, lines).Should().Be(checkpoint.Sequence);
        }

        checkpoints[^1].Sequence.Should().Be(journal.Count);
    }
}
