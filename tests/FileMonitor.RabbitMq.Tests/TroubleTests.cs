using FileMonitor.RabbitMq.Tests.Brokers;
using FluentAssertions;
using RabbitMQ.Client;
using Xunit;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>A real broker that refuses, hangs, is away, or is killed: nothing is lost, little is in memory, and what is wrong is said without a secret.</summary>
[Collection(BrokerCollection.Name)]
public sealed class TroubleTests(BrokerFixture broker)
{
    private const string Secret = "hunter2-not-this";

    private static CancellationToken Token => Deadline.Token;

    [Fact]
    public async Task A_broker_that_is_killed_in_the_middle_and_comes_back_has_everything()
    {
        // A classic queue: a single node that is killed soon after it declared a quorum queue does not know where its records are when it is back (docs/fleet.md).
        using var host = new PublishingHost(broker.Port);
        host.Configure = mq => mq.DeclareTopology = false;
        await using (var inbox = await Inbox.ConnectAsync(broker.Port))
        {
            await inbox.DeclareAsync(host, new Dictionary<string, object?> { ["x-queue-type"] = "classic" });
        }

        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 300);
            await host.Log.SeesAsync("BrokerConnected").WaitAsync(Token);
            var writing = host.WriteAsync(monitor, "b", 600);
            await broker.Node.KillAsync();
            await host.Log.SeesAsync("BrokerUnavailable").WaitAsync(Token);
            await writing;
            Problem(monitor).Should().Contain("cannot be reached");
            await broker.Node.StartAsync();
            await host.Log.SeesAsync("PublishingResumed").WaitAsync(Token);
            await host.CaughtUpAsync(monitor, Token);
            Problem(monitor).Should().BeNull();
        }

        await ShouldHaveAllAsync(host);
    }

    [Fact]
    public async Task While_the_broker_is_away_the_lag_grows_and_afterwards_everything_comes()
    {
        await using var gate = new Gate(broker.Port);
        using var host = new PublishingHost(gate.Port);
        gate.Close();
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 200);
            await host.Log.SeesAsync("BrokerUnavailable").WaitAsync(Token);
            Lag(monitor).Should().BeGreaterThan(200);
            await host.WriteAsync(monitor, "b", 200);
            Lag(monitor).Should().BeGreaterThan(400);
            monitor.GetHealth().Degradations.Should().ContainSingle(text => text.StartsWith("Consumer records/rabbitmq: RabbitMQ cannot be reached.", StringComparison.Ordinal));
            host.Log.Entries.Count(entry => entry.Name == "BrokerUnavailable").Should().Be(1, "it is told once");

            gate.Open();
            await host.CaughtUpAsync(monitor, Token);
        }

        await ShouldHaveAllAsync(host);
    }

    [Fact]
    public async Task No_more_than_is_allowed_is_sent_before_it_is_confirmed()
    {
        await using var gate = new Gate(broker.Port);
        using var host = new PublishingHost(gate.Port);
        host.Configure = mq => (mq.MaxInFlight, mq.ConfirmTimeout) = (10, TimeSpan.FromMinutes(5));
        await using var inbox = await Inbox.ConnectAsync(broker.Port);
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.Log.SeesAsync("BrokerConnected").WaitAsync(Token);
            await host.CaughtUpAsync(monitor, Token);
            var before = (await inbox.Channel.QueueDeclarePassiveAsync(host.Queue, Token)).MessageCount;
            gate.Freeze();
            await host.WriteAsync(monitor, "a", 100);

            while ((await inbox.Channel.QueueDeclarePassiveAsync(host.Queue, Token)).MessageCount < before + 10)
            {
                Token.ThrowIfCancellationRequested();
            }

            (await inbox.Channel.QueueDeclarePassiveAsync(host.Queue, Token)).MessageCount.Should().Be(before + 10);
            Lag(monitor).Should().BeGreaterThanOrEqualTo(100);
            gate.Thaw();
            await host.CaughtUpAsync(monitor, Token);
        }

        await ShouldHaveAllAsync(host, isExact: true);
    }

    [Fact]
    public async Task A_broker_that_hangs_is_left_and_gets_the_rest_again()
    {
        await using var gate = new Gate(broker.Port);
        using var host = new PublishingHost(gate.Port);
        host.Configure = mq => mq.ConfirmTimeout = TimeSpan.FromSeconds(1);
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.Log.SeesAsync("BrokerConnected").WaitAsync(Token);
            await host.CaughtUpAsync(monitor, Token);
            gate.Freeze();
            await host.WriteAsync(monitor, "a", 50);
            await host.Log.SeesAsync("ConfirmTimedOut").WaitAsync(Token);
            gate.Thaw();
            await host.CaughtUpAsync(monitor, Token);
        }

        gate.Connections.Should().BeGreaterThan(1);
        await ShouldHaveAllAsync(host);
    }

    [Fact]
    public async Task A_message_without_a_queue_waits_and_goes_on_when_there_is_one()
    {
        using var host = new PublishingHost(broker.Port);
        host.Configure = mq => mq.DeclareTopology = false;
        await using var inbox = await Inbox.ConnectAsync(broker.Port);
        await inbox.Channel.ExchangeDeclareAsync(host.Exchange, ExchangeType.Direct, durable: true, cancellationToken: Token);
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 20);
            await host.Log.SeesAsync("MessageReturned").WaitAsync(Token);
            Problem(monitor).Should().Contain("NO_ROUTE").And.Contain(host.Queue);
            Lag(monitor).Should().BeGreaterThan(20);

            await inbox.DeclareAsync(host, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
            await host.CaughtUpAsync(monitor, Token);
            Problem(monitor).Should().BeNull();
        }

        await ShouldHaveAllAsync(host, isExact: true);
    }

    [Fact]
    public async Task What_a_full_queue_refuses_waits_until_there_is_room()
    {
        // The limit of a quorum queue is exceeded by what is on its way.
        using var host = new PublishingHost(broker.Port);
        host.Configure = mq => (mq.DeclareTopology, mq.MaxInFlight) = (false, 5);
        await using var inbox = await Inbox.ConnectAsync(broker.Port);
        await inbox.DeclareAsync(host, new Dictionary<string, object?> { ["x-queue-type"] = "quorum", ["x-max-length"] = 20, ["x-overflow"] = "reject-publish" });
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 200);
            await host.Log.SeesAsync("MessageRefused").WaitAsync(Token);
            Lag(monitor).Should().BeGreaterThan(100);

            await inbox.ConsumeAsync(host.Queue);
            await host.CaughtUpAsync(monitor, Token);
        }

        await ShouldHaveAllAsync(host, inbox);
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_is_in_no_message()
    {
        using var host = new PublishingHost(broker.Port);
        host.Configure = mq => mq.Password = Secret;
        await using var monitor = await host.StartAsync(Token);

        await host.Log.SeesAsync("BrokerUnavailable").WaitAsync(Token);

        Problem(monitor).Should().Contain("ACCESS_REFUSED").And.NotContain(Secret);
        host.Log.Entries.Should().NotContain(entry => entry.Text.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_gives_the_password_may_throw_and_its_words_are_not_repeated()
    {
        using var host = new PublishingHost(broker.Port);
        host.Configure = mq => (mq.Password, mq.GetPassword) = (null, _ => throw new InvalidOperationException(Secret));
        await using var monitor = await host.StartAsync(Token);

        await host.Log.SeesAsync("BrokerUnavailable").WaitAsync(Token);

        Problem(monitor).Should().Contain("GetPassword threw InvalidOperationException").And.NotContain(Secret);
        host.Log.Entries.Should().NotContain(entry => entry.Text.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_that_is_changed_is_used_with_the_next_connection()
    {
        await using var gate = new Gate(broker.Port);
        using var host = new PublishingHost(gate.Port);
        var (user, password) = ("agent-" + Guid.NewGuid().ToString("N"), "first");
        await broker.Node.ControlAsync("add_user", user, password);
        await broker.Node.ControlAsync("set_permissions", user, ".*", ".*", ".*");
        host.Configure = mq => (mq.UserName, mq.Password, mq.GetPassword) = (user, null, _ => ValueTask.FromResult(password));
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 5);
            await host.CaughtUpAsync(monitor, Token);

            await broker.Node.ControlAsync("change_password", user, "second");
            password = "second";
            gate.Cut();
            await host.WriteAsync(monitor, "b", 5);
            await host.CaughtUpAsync(monitor, Token);
        }

        host.Log.Entries.Should().NotContain(entry => entry.Text.Contains("ACCESS_REFUSED", StringComparison.Ordinal));
        await ShouldHaveAllAsync(host);
    }

    [Fact]
    public async Task A_broker_that_blocks_publishers_is_waited_for()
    {
        using var host = new PublishingHost(broker.Port);
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 5);
            await host.CaughtUpAsync(monitor, Token);
            await broker.Node.ControlAsync("set_vm_memory_high_watermark", "absolute", "1");
            try
            {
                // The broker blocks a connection when it publishes.
                await host.WriteAsync(monitor, "b", 50);
                await host.Log.SeesAsync("PublishingBlocked").WaitAsync(Token);
                await host.WriteAsync(monitor, "c", 50);
                Problem(monitor).Should().Contain("memory");
                Lag(monitor).Should().BeGreaterThanOrEqualTo(50);
            }
            finally
            {
                await broker.Node.ControlAsync("set_vm_memory_high_watermark", "0.4");
            }

            await host.CaughtUpAsync(monitor, Token);
            Problem(monitor).Should().BeNull();
        }

        await ShouldHaveAllAsync(host);
    }

    private static string? Problem(FileSystemMonitor monitor) => monitor.GetHealth().Store!.Cursors.Single(cursor => cursor.Name == "records/rabbitmq").Problem;

    private static long Lag(FileSystemMonitor monitor) => monitor.GetHealth().Store!.Cursors.Single(cursor => cursor.Name == "records/rabbitmq").Lag;

    private async Task ShouldHaveAllAsync(PublishingHost host, bool isExact = false)
    {
        await using var inbox = await Inbox.ConnectAsync(broker.Port);
        await inbox.ConsumeAsync(host.Queue);
        var records = await ShouldHaveAllAsync(host, inbox);
        if (isExact)
        {
            records.Should().Equal(host.Journal().Keys);
        }
    }

    /// <summary>Each record is there, with its bytes; some may be there twice.</summary>
    private static async Task<List<long>> ShouldHaveAllAsync(PublishingHost host, Inbox inbox)
    {
        var journal = host.Journal();
        var received = await inbox.ReadUntilAsync(message => message.Type == "checkpoint" && message.Sequence == journal.Count, Token);
        var records = received.Where(message => message.Type == "record").ToList();
        records.Select(message => message.Sequence).Distinct().Order().Should().Equal(journal.Keys);
        records.Should().OnlyContain(message => message.Text == journal[message.Sequence]);
        return [.. records.Select(message => message.Sequence)];
    }
}
