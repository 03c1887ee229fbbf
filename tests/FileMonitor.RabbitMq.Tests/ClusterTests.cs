using FileMonitor.RabbitMq.Tests.Brokers;
using FluentAssertions;
using Xunit;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>Three nodes, and the leader of the queue is killed.</summary>
[Collection(BrokerCollection.Name)]
public sealed class ClusterTests : IAsyncLifetime
{
    private Cluster? _cluster;

    private static CancellationToken Token => Deadline.Token;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Node.IsHere, "rabbitmq-server is not installed");
        _cluster = await Cluster.StartAsync();
    }

    [Fact]
    public async Task When_the_leader_is_killed_the_others_get_the_rest()
    {
        var nodes = _cluster!.Nodes;
        using var host = new PublishingHost([.. nodes.Select(node => node.Port)]);
        var survivor = nodes[0];
        await using (var monitor = await host.StartAsync(Token))
        {
            await host.WriteAsync(monitor, "a", 300);
            await host.CaughtUpAsync(monitor, Token);
            var leader = (await nodes[0].ControlAsync("list_queues", "--quiet", "--no-table-headers", "name", "leader"))
                .Split('\n').Single(line => line.StartsWith(host.Queue + "\t", StringComparison.Ordinal)).Split('\t')[1].Trim();
            var killed = nodes.Single(node => node.Name == leader);
            survivor = nodes.First(node => node != killed);

            var writing = host.WriteAsync(monitor, "b", 600);
            await killed.KillAsync();
            await writing;
            await host.CaughtUpAsync(monitor, Token);
        }

        await using var inbox = await Inbox.ConnectAsync(survivor.Port);
        await inbox.ConsumeAsync(host.Queue);
        var journal = host.Journal();
        var received = await inbox.ReadUntilAsync(message => message.Type == "checkpoint" && message.Sequence == journal.Count, Token);
        var records = received.Where(message => message.Type == "record").ToList();
        records.Select(message => message.Sequence).Distinct().Order().Should().Equal(journal.Keys);
        records.Should().OnlyContain(message => message.Text == journal[message.Sequence]);
    }

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;
}
